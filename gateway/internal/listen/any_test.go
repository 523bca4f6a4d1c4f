//go:build unix

package listen

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/dewar-go/dewar/internal/descriptor"
)

// A socket without an address is for the first of TCP that is asked for, whichever it is;
// a socket file does not get it, and the next address of TCP is bound as always.
func TestHandedOverForAnyAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f, err := descriptor.Duplicate(l)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "s")
	out := inherit(t, []*os.File{f}, []string{Variable + `=[{"addr":"","fd":3}]`}, "unix:"+path, "127.0.0.1:1", "127.0.0.1:0")
	f.Close()
	if got := line(t, out); got != path {
		t.Errorf("the socket file became %s", got)
	}
	if got, want := line(t, out), l.Addr().String(); got != want {
		t.Errorf("127.0.0.1:1 became %s, want the socket %s", got, want)
	}
	free := line(t, out)
	if free == l.Addr().String() {
		t.Error("the socket was given twice")
	}
	line(t, out) // bound
	address, err := net.ResolveTCPAddr("tcp", free)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range []net.Addr{address, l.Addr(), &net.UnixAddr{Name: path, Net: "unix"}} { // deferred: last in, first out
		if got, want := greeting(t, a), fmt.Sprintf("argument %d", 2-i); got != want {
			t.Errorf("%v: %q, want %q", a, got, want)
		}
	}
	if rest, err := io.ReadAll(out); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
}
