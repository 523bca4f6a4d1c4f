package fortune

import (
	"path/filepath"
	"slices"
	"testing"

	_ "modernc.org/sqlite"
)

func TestAllReadsWhatWriteWrote(t *testing.T) {
	name := filepath.Join(t.TempDir(), "fortunes.db")
	for range 2 { // anew each time
		if err := Write(name); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv(Variable, name)
	all, err := All(t.Context())
	if err != nil || !slices.Equal(all, Sorted()) {
		t.Errorf("%v, %v; want %v", all, err, Sorted())
	}
}
