package client

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestNeedsNoTesting holds what makes the test client of package framework free for
// programs that do not use it.
func TestNeedsNoTesting(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, unwanted := range []string{"testing", "net/http"} {
		if slices.Contains(strings.Fields(string(out)), unwanted) {
			t.Errorf("package client imports %s", unwanted)
		}
	}
}
