//go:build unix

package listen

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dewar-go/dewar/internal/descriptor"
)

// The test's binary is also the process that inherits: it binds its arguments, prints
// what they became, and greets one client on each.
func TestMain(m *testing.M) {
	if os.Getenv("LISTEN_TEST_CHILD") == "" {
		os.Exit(m.Run())
	}
	for i, addr := range os.Args[1:] {
		all, err := All(addr)
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(0)
		}
		for _, l := range all {
			fmt.Println(l.Addr())
			defer func() {
				conn, err := l.Accept()
				if err == nil {
					fmt.Fprintf(conn, "argument %d", i)
					conn.Close()
				}
				l.Close()
			}()
		}
	}
	Settle()
	fmt.Println("bound")
}

// inherit starts the child with files as its descriptors from 3 on. LISTEN_PID must be
// the child's own, so a shell sets it and becomes the child.
func inherit(t *testing.T, files []*os.File, environment []string, args ...string) *bufio.Reader {
	t.Helper()
	script := append([]string{"-c", `LISTEN_PID=$$ exec "$0" "$@"`, os.Args[0]}, args...)
	cmd := exec.Command("/bin/sh", script...)
	cmd.ExtraFiles = files
	cmd.Env = append(append(os.Environ(), "LISTEN_TEST_CHILD=1"), environment...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return bufio.NewReader(out)
}

func listener(t *testing.T) (*net.TCPListener, *os.File) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f, err := descriptor.Duplicate(l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close(); l.Close() })
	return l.(*net.TCPListener), f
}

func line(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	s, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("the child's output ended after %q: %v", s, err)
	}
	return strings.TrimSpace(s)
}

func greeting(t *testing.T, a net.Addr) string {
	t.Helper()
	conn, err := net.Dial(a.Network(), a.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	b, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestInheritedDescriptors(t *testing.T) {
	for _, test := range []struct {
		name, names string
		args        []string
		order       []int  // of the two sockets, as the child names them
		fails       string // what the error says
	}{
		{"by number", "", []string{"fd://4", "fd://3"}, []int{1, 0}, ""},
		{"by name", "web:admin", []string{"systemd:admin", "systemd:web"}, []int{1, 0}, ""},
		{"several of a name", "web:web", []string{"systemd:web"}, []int{0, 1}, ""},
		{"all", "web:admin", []string{"systemd:"}, []int{0, 1}, ""},
		{"no names", "", []string{"systemd:unknown"}, []int{0, 1}, ""},
		{"unknown name", "web:admin", []string{"systemd:metrics"}, nil, `no socket with the name "metrics", but ["web" "admin"]`},
		{"wrong number of names", "web", []string{"systemd:web"}, nil, "1 names for 2 sockets"},
		{"twice", "web:admin", []string{"systemd:web", "systemd:"}, nil, "in use already"},
		{"no socket", "", []string{"fd://0"}, nil, "getsockopt"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, fa := listener(t)
			b, fb := listener(t)
			environment := []string{"LISTEN_FDS=2"}
			if test.names != "" {
				environment = append(environment, "LISTEN_FDNAMES="+test.names)
			}
			out := inherit(t, []*os.File{fa, fb}, environment, test.args...)
			if test.fails != "" {
				got, err := io.ReadAll(out)
				if _, reason, _ := strings.Cut(string(got), "error: "); err != nil || !strings.Contains(reason, test.fails) {
					t.Errorf("got %q, %v, want an error with %q", got, err, test.fails)
				}
				return
			}
			for _, i := range test.order {
				if got, want := line(t, out), []net.Listener{a, b}[i].Addr().String(); got != want {
					t.Errorf("bound %s, want %s", got, want)
				}
			}
		})
	}
}

func TestPassedSockets(t *testing.T) {
	for _, test := range []struct {
		name, pid, fds, names string
		want                  string
	}{
		{"none", "", "", "", "LISTEN_PID and LISTEN_FDS are not set"},
		{"another process", "6", "1", "", "those of process 6, and this is 7"},
		{"no number", "7", "two", "", `LISTEN_FDS is "two"`},
		{"too many", "7", "1025", "", `LISTEN_FDS is "1025"`},
		{"names", "7", "2", "a:b", "[a b]"},
		{"an empty name", "7", "2", ":b", "[ b]"},
		{"no names", "7", "1", "", "[unknown]"},
	} {
		names, err := parsePassed(test.pid, test.fds, test.names, 7)
		if got := fmt.Sprint(names, err); !strings.Contains(got, test.want) {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// A successor gets the sockets under the addresses that they are configured with, and
// the predecessor's listeners go on as they were.
func TestHandingOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	addrs := []string{"127.0.0.1:0", "127.0.0.1:0", "unix:" + path}
	var bound []net.Listener
	for _, addr := range addrs {
		l, err := On(addr)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		bound = append(bound, l)
	}
	files, environment, err := Hand(3)
	if err != nil {
		t.Fatal(err)
	}
	out := inherit(t, files, []string{environment}, addrs...)
	for _, f := range files {
		f.Close()
	}
	for _, l := range bound {
		if got, want := line(t, out), l.Addr().String(); got != want {
			t.Errorf("the successor has %s, want %s", got, want)
		}
	}
	line(t, out) // bound
	Leave()
	for _, l := range bound {
		l.Close()
	}
	for i := len(bound) - 1; i >= 0; i-- { // deferred: last in, first out
		if got, want := greeting(t, bound[i].Addr()), fmt.Sprintf("argument %d", i); got != want {
			t.Errorf("%v: %q, want %q", bound[i].Addr(), got, want)
		}
	}
	if rest, err := io.ReadAll(out); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the successor left its socket file: %v", err)
	}
}

// A descriptor that was copied for a child leaves the listener able to be closed while
// it accepts.
func TestHandingOverLeavesTheListenerUnblocked(t *testing.T) {
	l, f := listener(t)
	_ = f.Fd() // what os/exec does
	ended := make(chan error)
	go func() {
		_, err := l.Accept()
		ended <- err
	}()
	l.Close()
	if err := <-ended; err == nil {
		t.Error("accepted from nobody")
	}
}

func TestSocketMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	defer syscall.Umask(syscall.Umask(0o077))
	l, err := On("unix:" + path + "|0660")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != fs.ModeSocket|0o660 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}
