package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
)

// The application has its database as long as it serves, and closes it at the end.
func TestClosesItsDatabase(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		app, err := newApp(Settings{Database: v.address})
		if err != nil {
			t.Fatal(err)
		}
		app.Logger = slog.New(slog.DiscardHandler)
		t.Run("serving", func(t *testing.T) {
			c := app.TestClient(t)
			c.Get("/").Do().Is(200)
			c.Get("/").Do().Is(200)
		})
		var failure error
		app.Signals.Exception.Connect(func(_ *framework.Context, err error) { failure = err })
		if r := client.Do(app, client.Request{Target: "/"}); r.Status != 500 || failure == nil || !strings.Contains(failure.Error(), "database is closed") {
			t.Errorf("after the end: %d, %v", r.Status, failure)
		}
	})
}

func TestInitDatabase(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		if n := v.count("SELECT count(*) FROM users"); n != 2 {
			t.Errorf("%d users", n)
		}
		app, err := newApp(Settings{Database: v.address})
		if err == nil {
			err = command(app, "init-db", nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := v.count("SELECT count(*) FROM users") + v.count("SELECT count(*) FROM posts"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

// An application does not start on a database without tables, and says what to do.
func TestNeedsTables(t *testing.T) {
	for name, address := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": postgresURL} {
		t.Run(name, func(t *testing.T) {
			app, err := newApp(Settings{Database: address(t)})
			if err != nil {
				t.Fatal(err)
			}
			err = app.Startup(context.Background(), gateway.ServerInfo{})
			if err == nil || !strings.Contains(err.Error(), "the command init-db makes") {
				t.Errorf("started with %v", err)
			}
		})
	}
}

// The program from its command line: the test's binary is it, where the variable is set.
func TestProgram(t *testing.T) {
	run := func(args ...string) *exec.Cmd {
		cmd := exec.Command(os.Args[0], args...)
		cmd.Env = append(os.Environ(), programVariable+"=1")
		return cmd
	}
	file := sqliteFile(t)
	if out, err := run("-database", file, "-addr", "127.0.0.1:0").CombinedOutput(); err == nil || !strings.Contains(string(out), "init-db") {
		t.Errorf("without tables: %v, %s", err, out)
	}
	if out, err := run("-database", file, "init-db").CombinedOutput(); err != nil || string(out) != "Initialized the database.\n" {
		t.Errorf("init-db: %v, %s", err, out)
	}
	if out, err := run("-database", file, "bake").CombinedOutput(); err == nil || !strings.Contains(string(out), `no command is called "bake"`) {
		t.Errorf("bake: %v, %s", err, out)
	}

	serve := run("-database", file, "-addr", "127.0.0.1:0")
	stderr, err := serve.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	line, err := lines.ReadString('\n')
	if err != nil || !strings.Contains(line, "blog is served on http://127.0.0.1:") {
		t.Errorf("it printed %q, %v", line, err)
	}
	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	rest, err := io.ReadAll(lines)
	if err := errors.Join(err, serve.Wait()); err != nil {
		t.Errorf("it ended with %v after %s", err, rest)
	}
}
