package cli_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// trial tells the test's binary that it is the program notes now: see TestMain.
const trial = "DEWAR_TRIAL"

// program is notes with a command line, in a folder of its own.
func program(t *testing.T, environ []string, args ...string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), append([]string{trial + "=1", "NOTES_SECRET=s"}, environ...)...)
	return cmd
}

var address = regexp.MustCompile(`https?://\S+`)

// It serves with either gateway, tells where, and stops when it is told to.
func TestRun(t *testing.T) {
	for _, test := range []struct{ name, args, environ string }{
		{"by itself", "", "DEWAR_SERVER_ADDR=127.0.0.1:0"},
		{"with a flag", "--addr 127.0.0.1:0", ""},
		{"on nethttp", "run --gateway nethttp --addr 127.0.0.1:0", "DEWAR_SERVER_GRACE=5s"},
		{"ad hoc on server", "run --tls-adhoc --addr=127.0.0.1:0", ""},
		{"ad hoc on nethttp", "run --tls-adhoc --gateway=nethttp --addr=127.0.0.1:0", ""},
		{"in debugging", "--debug run --addr 127.0.0.1:0", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := append(strings.Fields(test.args), "--pid-file", "pid", "--access-log", "log")
			if test.args == "" {
				args = nil
			}
			cmd := program(t, strings.Fields(test.environ), args...)
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Process.Kill() // nothing where it was stopped
			log := bufio.NewReader(stderr)
			line, err := log.ReadString('\n')
			url := address.FindString(line)
			if err != nil || url == "" || strings.HasPrefix(url, "https") != strings.Contains(test.args, "tls-adhoc") {
				t.Fatalf("it tells %q, %v", line, err)
			}
			transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // a certificate of this run's own
			res, err := (&http.Client{Transport: transport, Timeout: time.Minute}).Get(url + "/notes/7")
			if err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(res.Body); err != nil || string(body) != "hello" {
				t.Errorf("%q, %v", body, err)
			}
			res.Body.Close()
			transport.CloseIdleConnections()
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			rest, _ := io.ReadAll(log)
			if err := cmd.Wait(); err != nil {
				t.Errorf("it ends with %v after\n%s", err, rest)
			}
			if len(args) == 0 {
				return
			}
			if access, err := os.ReadFile(filepath.Join(cmd.Dir, "log")); err != nil || !strings.Contains(string(access), `"GET /notes/7 HTTP/`) {
				t.Errorf("the access log is %q, %v", access, err)
			}
			if _, err := os.Stat(filepath.Join(cmd.Dir, "pid")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the file of the process's number is left: %v", err)
			}
		})
	}
}

// What is wrong is told before anything is bound, and all of it.
func TestRunWithMistakes(t *testing.T) {
	for _, test := range []struct {
		args, environ string
		want          []string
	}{
		{"run --grace long --addr nowhere", "NOTES_SECRET=", []string{`-grace is "long"`, `"nowhere"`, "secret: is required"}},
		{"run --gateway apache", "", []string{`called "apache": there is server and nethttp`}},
		{"run --gateway nethttp --queue 3", "DEWAR_SERVER_MAX_IN_FLIGHT=7", []string{"nethttp does not have DEWAR_SERVER_MAX_IN_FLIGHT, --queue"}},
		{"run --gateway nethttp --addr 127.0.0.1:0,127.0.0.1:0", "", []string{"listens on one address"}},
		{"run --tls-cert none.pem --tls-key none.pem", "", []string{"none.pem"}},
	} {
		out, err := program(t, strings.Fields(test.environ), strings.Fields(test.args)...).CombinedOutput()
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok || exit.ExitCode() != 1 || !strings.HasPrefix(string(out), "notes: ") {
			t.Errorf("%s: %v, %s", test.args, err, out)
		}
		for _, want := range test.want {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: does not tell %q:\n%s", test.args, want, out)
			}
		}
	}
}

// Where another program has the address, what can be done is told.
func TestRunWhereTheAddressIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, gateway := range []string{"server", "nethttp"} {
		out, err := program(t, nil, "run", "--gateway", gateway, "--addr", taken.Addr().String()).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "address already in use; is another program running there? --addr chooses another address") {
			t.Errorf("%s: %v, %q", gateway, err, out)
		}
	}
}

func TestRunPrintsItsConfiguration(t *testing.T) {
	out, err := program(t, nil, "run", "--print-config", "--idle-timeout", "9s").Output()
	if table := strings.Join(strings.Fields(string(out)), " "); err != nil || !strings.Contains(table, "idle-timeout 9s -idle-timeout") {
		t.Errorf("%v, %s", err, out)
	}
}

// --help shows the usual settings by their types; all others are taken, too.
func TestHelpOfRun(t *testing.T) {
	_, stdout, _ := execute(t, notes, "run", "--help")
	for _, want := range []string{"--addr host:port ", "--tls-adhoc  ", "--tls-cert files ", "--gateway string", `(default "127.0.0.1:5000")`, "config --gateway lists them"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("help lacks %q:\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "--max-in-flight") {
		t.Errorf("help shows everything:\n%s", stdout)
	}
}
