package listen

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTCP(t *testing.T) {
	l, err := On("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := On(l.Addr().String()); err == nil {
		t.Error("an address was bound twice")
	}
}

func TestUnixSocketOfALivingServerIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := On("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := On("unix:" + path); err == nil || !strings.Contains(err.Error(), "another server answers there") {
		t.Errorf("a second server on the same socket: %v", err)
	}
	if conn, err := net.Dial("unix", path); err != nil {
		t.Errorf("the first server lost its socket: %v", err)
	} else {
		conn.Close()
	}
}

func TestUnixSocketOfADeadServerIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	l, err := On("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

func TestAFileThatIsNoSocketIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := On("unix:" + path); err == nil || !strings.Contains(err.Error(), "not a socket") {
		t.Errorf("got %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "mine" {
		t.Error("the file is gone")
	}
}

func TestCheck(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:8000":    "",
		":http":             "",
		"[::]:0":            "",
		"unix:/run/s":       "",
		"unix:/run/s|0660":  "",
		"unix:@abstract":    "",
		"fd://3":            "",
		"systemd:":          "",
		"systemd:web":       "",
		"8000":              "missing port in address",
		"localhost:70000":   "invalid port",
		"::1:80":            "too many colons",
		"unix:":             "no path",
		"unix:|0660":        "no path",
		"unix:/run/s|8":     "octal digits",
		"unix:/run/s|01777": "octal digits",
		"fd://":             "number of a descriptor",
		"fd://-1":           "number of a descriptor",
	} {
		err := Check(addr)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", addr, err, want)
		}
	}
}
