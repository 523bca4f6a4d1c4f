package server

import (
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// settingsFile writes a file of settings.
func settingsFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "settings")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// The file stands above the program and below the environment and flags, and may be named
// by each of these.
func TestPrecedenceOfTheFile(t *testing.T) {
	name := settingsFile(t, "# of the operator\n\n grace=1s \nlameduck = 2s\r\nidle-timeout = 3s\nproxies = 10.0.0.0/8, 192.0.2.1\n")
	for from, c := range map[string]struct {
		file    string
		environ []string
		args    []string
	}{
		"program":     {file: name},
		"environment": {file: "nowhere", environ: []string{"DEWAR_SERVER_CONFIG=" + name}},
		"flag":        {file: "nowhere", environ: []string{"DEWAR_SERVER_CONFIG=nowhere"}, args: []string{"-config", name}},
	} {
		t.Run(from, func(t *testing.T) {
			s := &Settings{File: c.file, Config: Config{Grace: time.Minute, BodyTimeout: time.Minute}}
			flags := flag.NewFlagSet("", flag.ContinueOnError)
			s.Flags(flags)
			if err := flags.Parse(append(c.args, "-idle-timeout", "5s")); err != nil {
				t.Fatal(err)
			}
			config, err := s.Load(append(c.environ, "DEWAR_SERVER_LAMEDUCK=4s"))
			if err != nil {
				t.Fatal(err)
			}
			if config.Grace != time.Second || config.Lameduck != 4*time.Second || config.IdleTimeout != 5*time.Second ||
				config.BodyTimeout != time.Minute || len(config.TrustedProxies.Proxies) != 2 || s.File != name {
				t.Errorf("got %v, %v, %v, %v, %v", config.Grace, config.Lameduck, config.IdleTimeout, config.BodyTimeout, config.TrustedProxies.Proxies)
			}
			var table strings.Builder
			if err := s.Print(&table); err != nil || !strings.Contains(table.String(), name+":3\n") {
				t.Errorf("%v: no origin in\n%s", err, table.String())
			}
		})
	}
}

// $PORT is for where the operator gives no address.
func TestPortBesideTheFile(t *testing.T) {
	for text, want := range map[string]string{"grace = 1s": "0.0.0.0:9", "addr = :8": ":8"} {
		config, err := (&Settings{File: settingsFile(t, text), Config: Config{Addr: ":7"}}).Load([]string{"PORT=9"})
		if err != nil || config.Addr != want {
			t.Errorf("%s: %v, %q, want %q", text, err, config.Addr, want)
		}
	}
}

// All that is wrong in a file is told with its line, together with everything else.
func TestMistakesInTheFileAreToldTogether(t *testing.T) {
	name := settingsFile(t, "grace = 1\ngraze = 1s\nnothing\nlameduck = 1s\nlameduck = 2s\nconfig = other\n")
	s := &Settings{File: name}
	_, err := s.Load([]string{"DEWAR_SERVER_STREAMS=many"})
	for _, want := range []string{
		name + ":1 is \"1\": want a duration", name + ":2: graze is no setting", name + ":3: want name = value",
		name + ":5: lameduck is set already, at " + name + ":4", name + ":6: config is no setting", "DEWAR_SERVER_STREAMS",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	if _, err := (&Settings{File: name + "-"}).Load(nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// Files of settings are read up to a limit.
func TestSizeOfTheFile(t *testing.T) {
	fits := "#" + strings.Repeat("x", settingsFileMost-1)
	if _, err := (&Settings{File: settingsFile(t, fits)}).Load(nil); err != nil {
		t.Error(err)
	}
	if _, err := (&Settings{File: settingsFile(t, fits+"x")}).Load(nil); err == nil {
		t.Error("a longer file is read")
	}
}

// A reload asks for a successor where settings have changed, and for none where they have
// not or are wrong.
func TestReloadOfTheFile(t *testing.T) {
	name := settingsFile(t, "grace = 1s\n")
	s := &Settings{File: name, Config: Config{Addr: ":0"}}
	if _, err := s.Load(nil); err != nil {
		t.Fatal(err)
	}
	hooks := s.Reload()
	if len(hooks) != 1 {
		t.Fatalf("%d hooks", len(hooks))
	}
	for _, c := range []struct {
		text          string
		fails, change bool
	}{
		{"grace = 1s\n", false, false},
		{"# the same\ngrace = 1000ms\n", false, false},
		{"grace = 2s\n", true, true},
		{"grace = 2\n", true, false},
		{"grace = 1s\naddr = nowhere\n", true, false},
		{"grace = 1s\n", false, false},
	} {
		if err := os.WriteFile(name, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := hooks[0](); (err != nil) != c.fails || errors.Is(err, gateway.ErrReplaced) != c.change {
			t.Errorf("%q: %v", c.text, err)
		}
	}
	if s.Config.Grace != time.Second || s.Config.Addr != ":0" {
		t.Errorf("what is in use has changed: %v, %q", s.Config.Grace, s.Config.Addr)
	}
}

// -check-config ends the program as -print-config does, and says one line.
func TestCheckConfig(t *testing.T) {
	s := new(Settings)
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	s.Flags(flags)
	if err := flags.Parse([]string{"-check-config"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(nil); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := s.Print(&text); err != nil || !s.PrintConfig || text.String() != "the settings can be used\n" {
		t.Errorf("%v, %v, %q", err, s.PrintConfig, text.String())
	}
}
