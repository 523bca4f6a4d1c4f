package suite

import (
	"slices"
	"testing"

	"github.com/dewar-go/dewar/benchmarks/internal/peer"
)

func TestPeersAreChosenByNameOrKind(t *testing.T) {
	for _, c := range []struct {
		wanted, want []string
	}{
		{[]string{"gin", "dewar"}, []string{"dewar", "gin"}}, // the name, not the kind
		{[]string{"floor"}, []string{"floor"}},
		{[]string{"go"}, []string{"nethttp", "gin", "echo", "chi", "fasthttp", "fiber", "hertz"}},
	} {
		chosen, err := Options{Peers: c.wanted}.peers()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range chosen {
			got = append(got, p.Name)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v chose %v, want %v", c.wanted, got, c.want)
		}
	}
	if _, err := (Options{Peers: []string{"gni"}}).peers(); err == nil {
		t.Error("a peer that does not exist was chosen")
	}
}

// A workload that a peer is said to lack has to exist, or the reason is a
// leftover.
func TestLacksNameWorkloads(t *testing.T) {
	o := Defaults()
	workloads, err := o.workloads()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range peer.All() {
		for id := range p.Lacks {
			found := false
			for _, w := range workloads {
				found = found || w.ID == id
			}
			if !found {
				t.Errorf("%s lacks %s, which is no workload", p.Name, id)
			}
		}
	}
}

func TestOnlyAFullRunIsComplete(t *testing.T) {
	if !Defaults().Complete() {
		t.Error("the defaults are a full run")
	}
	for name, change := range map[string]func(*Options){
		"smoke":       func(o *Options) { *o = Smoke() },
		"peers":       func(o *Options) { o.Peers = []string{"gin"} },
		"workloads":   func(o *Options) { o.Workloads = []string{"W1"} },
		"rounds":      func(o *Options) { o.Rounds = fewRounds - 1 },
		"duration":    func(o *Options) { o.Duration /= 2 },
		"connections": func(o *Options) { o.Connections = []int{1} },
	} {
		o := Defaults()
		change(&o)
		if o.Complete() {
			t.Errorf("%s: not a full run", name)
		}
	}
}
