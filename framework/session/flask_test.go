package session

import (
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"
)

// flask reads a cookie and writes one, with Flask itself.
const flask = `
import sys
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
app = Flask("x")
app.secret_key = "dev-secret"
s = SecureCookieSessionInterface().get_signing_serializer(app)
if sys.argv[1] == "read":
    print(ascii(sorted(s.loads(sys.argv[2]).items())))
else:
    print(s.dumps({"user_id": 42, "name": "Ad\u00e4", "_flashes": [("message", "Saved")], "b": b"\x00\xff", "f": 1.5}))
`

// runFlask runs it with the first Python that has Flask; the first on the PATH may be
// another one than Debian's, which python3-flask belongs to.
func runFlask(t *testing.T, args ...string) string {
	t.Helper()
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import flask").Run() != nil {
			continue
		}
		out, err := exec.Command(python, append([]string{"-c", flask}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if os.Getenv("CI") != "" {
		t.Fatal("no Python here has Flask, which .ci/run installs: this check must not be missed there")
	}
	t.Skip("this machine has no Flask; Debian's package is python3-flask")
	return ""
}

// TestRealFlask exchanges sessions with the Flask of this machine.
func TestRealFlask(t *testing.T) {
	m := mustNew(t, Config{Keys: []string{"dev-secret"}, Flask: true})
	s := open(t, m, runFlask(t, "write"), time.Now())
	want := map[string]any{"user_id": 42, "name": "Adä", "_flashes": []any{Tuple{"message", "Saved"}}, "b": []byte{0, 255}, "f": 1.5}
	if !reflect.DeepEqual(s.values, want) {
		t.Errorf("Flask wrote %#v", s.values)
	}
	s.Touch()
	got := runFlask(t, "read", closed(t, m, s, time.Now()).Value)
	if want := `[('_flashes', [('message', 'Saved')]), ('b', b'\x00\xff'), ('f', 1.5), ('name', 'Ad\xe4'), ('user_id', 42)]`; got != want {
		t.Errorf("Flask read %s, want %s", got, want)
	}
	s.Set("long", strings.Repeat("lorem ipsum ", 50)) // goes through zlib
	if got := runFlask(t, "read", closed(t, m, s, time.Now()).Value); !strings.Contains(got, "ipsum lorem") {
		t.Errorf("Flask read %s", got)
	}
}
