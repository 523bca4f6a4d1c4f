package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// programVariable tells the test's binary that it is the program now.
const programVariable = "BLOG_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programVariable) != "" {
		main()
		return
	}
	code := m.Run()
	if err := cluster.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// postgresURL is an empty place in a PostgreSQL of this run's own: started by the
// first test that asks, ended after the last one. .ci/run installs Debian's postgresql.
func postgresURL(t *testing.T) string {
	t.Helper()
	bin := postgresFolder()
	if bin == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("PostgreSQL is not installed; .ci/run installs it")
		}
		t.Skip("PostgreSQL is not installed")
	}
	cluster.once.Do(func() { cluster.err = cluster.start(bin) })
	if cluster.err != nil {
		t.Fatal(cluster.err)
	}
	// Each test has a schema of its own, which takes a hundredth of a new database's time.
	name := fmt.Sprintf("test%d", cluster.schemas.Add(1))
	admin, err := openDatabase(cluster.url("public"))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.Exec("CREATE SCHEMA " + name); err != nil {
		t.Fatal(err)
	}
	return cluster.url(name)
}

// postgresFolder is where initdb and pg_ctl are: in Debian's place, else on the path.
// "" means nowhere.
func postgresFolder() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is sound
	if len(found) > 0 {
		slices.Sort(found)
		return filepath.Dir(found[len(found)-1])
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	return ""
}

var cluster postgres

// A postgres is a PostgreSQL that listens on a unix socket in a folder of its own, and
// nowhere else.
type postgres struct {
	once    sync.Once
	err     error
	bin     string
	folder  string // "" until it was started
	schemas atomic.Int64
}

func (p *postgres) start(bin string) error {
	folder, err := os.MkdirTemp("", "pg") // short: a socket's path has at most 107 bytes
	if err != nil {
		return err
	}
	p.bin, p.folder = bin, folder
	if os.Getuid() == 0 { // as whom PostgreSQL refuses to run
		if out, err := exec.Command("chown", "nobody", folder).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
	}
	err = p.run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", p.data())
	if err != nil {
		return err
	}
	return p.run("pg_ctl", "--wait", "--timeout=120", "--pgdata="+p.data(), "--log="+filepath.Join(folder, "log"),
		"--options=-F -k "+folder+" -c listen_addresses=''", "start")
}

func (p *postgres) data() string { return filepath.Join(p.folder, "data") }

// run runs a program of PostgreSQL, as nobody where that is root's to decide.
func (p *postgres) run(program string, args ...string) error {
	command := append([]string{filepath.Join(p.bin, program)}, args...)
	if os.Getuid() == 0 {
		command = append([]string{"setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"}, command...)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = p.folder // one that nobody may enter
	if out, err := cmd.CombinedOutput(); err != nil {
		log, _ := os.ReadFile(filepath.Join(p.folder, "log")) // which there may not be
		return fmt.Errorf("%s: %w: %s%s", program, err, out, log)
	}
	return nil
}

func (p *postgres) url(schema string) string {
	query := url.Values{"host": {p.folder}, "user": {"postgres"}, "search_path": {schema}}
	return "postgres:///postgres?" + query.Encode()
}

func (p *postgres) stop() error {
	if p.folder == "" {
		return nil
	}
	err := p.run("pg_ctl", "--wait", "--timeout=120", "--pgdata="+p.data(), "--mode=fast", "stop")
	if p.err != nil {
		err = nil // it never ran, and the tests have said so
	}
	if gone := os.RemoveAll(p.folder); err == nil {
		err = gone
	}
	return err
}
