package main

import (
	"slices"
	"testing"
	"time"
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
	for _, wrong := range [][]string{{"-connections", "8,x"}, {"W1"}, {"-nothing"}} {
		if _, _, err := parse(wrong); err == nil {
			t.Errorf("%v was taken", wrong)
		}
	}
}
