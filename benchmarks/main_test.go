package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/record"
	"github.com/dewar-go/dewar/benchmarks/internal/report"
)

// Flags change what -smoke sets, wherever it stands.
func TestFlagsOverSmoke(t *testing.T) {
	o, m, err := parse([]string{"-rounds", "2", "-smoke", "-peers", "gin,chi"})
	if err != nil || !m.smoke {
		t.Fatal(m, err)
	}
	if o.Rounds != 2 || !slices.Equal(o.Peers, []string{"gin", "chi"}) || o.Duration >= time.Second || !o.Own {
		t.Errorf("%+v", o)
	}
}

func TestListsOfNumbers(t *testing.T) {
	o, _, err := parse([]string{"-connections", "8,16,32"})
	if err != nil || !slices.Equal(o.Connections, []int{8, 16, 32}) {
		t.Errorf("%v, %v", o.Connections, err)
	}
	for _, wrong := range [][]string{{"-connections", "8,x"}, {"W1"}, {"-nothing"}, {"-runs", "0"}} {
		if _, _, err := parse(wrong); err == nil {
			t.Errorf("%v was taken", wrong)
		}
	}
}

// A report is made again with a comparison that the run itself did not have, and an
// earlier run that cannot be read is named before anything is measured.
func TestReportAgainComparesWithAnEarlierRun(t *testing.T) {
	folder := t.TempDir()
	results := func(name string, gin float64) string {
		r := &record.Run{
			Conditions: record.Conditions{CPU: true},
			Peers:      []record.Peer{{Name: "dewar", Kind: record.Dewar}, {Name: "gin", Kind: record.Go}},
			Workloads:  []record.Workload{{ID: "W1", Kind: record.Load}},
			Samples:    []record.Sample{{Workload: "W1", Peer: "dewar", CPU: 10}, {Workload: "W1", Peer: "gin", CPU: gin}},
		}
		written, err := report.Write(filepath.Join(folder, name), r)
		if err != nil {
			t.Fatal(err)
		}
		return written[1]
	}
	first, second := results("first", 20), results("second", 30)
	o, m, err := parse([]string{"-from", second, "-against", first, "-out", filepath.Join(folder, "again")})
	if err != nil {
		t.Fatal(err)
	}
	if err := run(o, m); err != nil {
		t.Fatal(err)
	}
	r, err := report.Read(filepath.Join(folder, "again", "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if repeats := r.Repeats(); len(repeats) != 1 || repeats[0].Agrees() {
		t.Errorf("repeats %+v; want that of gin, which does not agree", repeats)
	}
	m.against = filepath.Join(folder, "absent.json")
	if err := run(o, m); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an earlier run that is not there: %v", err)
	}
}
