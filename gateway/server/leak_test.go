package server_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// When all tests are done and all servers have stopped, none of their goroutines
// is left.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if stacks := leaked(); stacks != "" {
			fmt.Fprintf(os.Stderr, "goroutines of the server are left:\n%s\n", stacks)
			code = 1
		}
	}
	os.Exit(code)
}

// leaked waits a moment for goroutines that are about to end.
func leaked() (stacks string) {
	for range 100 {
		stacks = ""
		buf := make([]byte, 1<<20)
		for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, "dewar/gateway/server.") {
				stacks += g + "\n\n"
			}
		}
		if stacks == "" {
			return ""
		}
		time.Sleep(10 * time.Millisecond)
	}
	return stacks
}
