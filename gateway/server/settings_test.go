package server

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// loaded is what Settings make of a command line and an environment.
func loaded(t *testing.T, s *Settings, args, environ []string) (Config, error) {
	t.Helper()
	fs := flag.NewFlagSet("test", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	s.Flags(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return s.Load(environ)
}

// Default, program, environment, flag: the later holds, and Print tells which it was.
func TestPrecedenceOfSettings(t *testing.T) {
	s := &Settings{Config: Config{Grace: time.Second, BodyTimeout: time.Second, WriteTimeout: time.Second}}
	c, err := loaded(t, s, []string{"-write-timeout", "3s", "-h2c"}, []string{
		"DEWAR_SERVER_BODY_TIMEOUT=2s", "DEWAR_SERVER_WRITE_TIMEOUT=2s", "DEWAR_OTHER=x", "HOME=/",
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]time.Duration{
		"0s: header, the default": c.HeaderTimeout, "1s: grace, the program's": c.Grace,
		"2s: body, the environment's": c.BodyTimeout, "3s: write, the flag's": c.WriteTimeout,
	} {
		if want, _, _ := strings.Cut(name, ":"); got.String() != want {
			t.Errorf("%s: got %v", name, got)
		}
	}
	var printed bytes.Buffer
	if err := s.Print(&printed); err != nil {
		t.Fatal(err)
	}
	table := strings.Join(strings.Fields(printed.String()), " ")
	for _, want := range []string{
		"header-timeout 10s default", "grace 1s the program", "body-timeout 2s DEWAR_SERVER_BODY_TIMEOUT",
		"write-timeout 3s -write-timeout", "h2c true -h2c", "addr 127.0.0.1:8000 default",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("printed\n%swithout %q", printed.String(), want)
		}
	}
}

func TestPortOfTheEnvironment(t *testing.T) {
	for _, test := range []struct {
		args, environ []string
		want          string
	}{
		{nil, nil, "127.0.0.1:1"},
		{nil, []string{"PORT=5000"}, "0.0.0.0:5000"},
		{nil, []string{"PORT=5000", "DEWAR_SERVER_ADDR=[::]:1"}, "[::]:1"},
		{[]string{"-addr", ":2"}, []string{"PORT=5000"}, ":2"},
	} {
		c, err := loaded(t, &Settings{Config: Config{Addr: "127.0.0.1:1"}}, test.args, test.environ)
		if err != nil || c.Addr != test.want {
			t.Errorf("%q %q: %q, %v; want %q", test.args, test.environ, c.Addr, err, test.want)
		}
	}
}

// All that is wrong is told at once, with the place where it stands.
func TestMistakesInSettingsAreToldTogether(t *testing.T) {
	_, err := loaded(t, new(Settings), []string{
		"-header-timeout", "10", "-streams", "many", "-limit-line=-5", "-max-connections", "9GiBs", "-h2c=maybe",
		"-h2c-from", "10.0.0.0/8,everybody", "-tls-client-auth", "sometimes", "-lameduck", "none", "-drain-limit", "9000000000GiB",
	}, []string{"DEWAR_SERVER_HEADR_TIMEOUT=1s", "DEWAR_SERVER_GRACE=-1s", "DEWAR_SERVER_ADDR=8000"})
	for _, want := range []string{
		`-header-timeout is "10": want a duration with its unit`, `-streams is "many": want a number`, `-limit-line is "-5": want a number`,
		`-max-connections is "9GiBs"`, `-h2c is "maybe": want true or false`, `"everybody" is none`,
		`-tls-client-auth is "sometimes": want one of none, optional, require`, "Lameduck is -1ns", `-drain-limit is "9000000000GiB"`,
		"DEWAR_SERVER_HEADR_TIMEOUT is no setting", `DEWAR_SERVER_GRACE is "-1s"`, `address "8000"`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not tell %q", err, want)
		}
	}
}

func TestAddressesOfSettings(t *testing.T) {
	certificate, key := writePair(t)
	for _, test := range []struct {
		name, args string
		want       string // every address, those with TLS with an s
	}{
		{"plain", "-addr :1,unix:/s|0660", ":1 unix:/s|0660"},
		{"TLS", "-addr :1,:2 -tls-cert " + certificate + " -tls-key " + key, ":1s :2s"},
		{"both", "-addr :1,:2 -tls-addr :3,:4 -tls-cert " + certificate + " -tls-key " + key, ":1 :2 :3s :4s"},
		{"TLS beside the default", "-tls-addr :3 -tls-adhoc", "127.0.0.1:8000 :3s"},
		{"ad hoc", "-tls-adhoc", "127.0.0.1:8000s"},
	} {
		s := new(Settings)
		c, err := loaded(t, s, strings.Fields(test.args), nil)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		got := ""
		for _, l := range c.withDefaults().listeners() {
			got += " " + l.Addr
			if l.TLS != nil {
				got += "s"
			}
		}
		if got[1:] != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got[1:], test.want)
		}
		if n := len(s.Reload()); (n > 0) != strings.Contains(test.args, "-tls-cert") {
			t.Errorf("%s: %d hooks to reload", test.name, n)
		}
	}
}

func TestImpossibleCertificatesOfSettings(t *testing.T) {
	certificate, key := writePair(t)
	for args, want := range map[string]string{
		"-tls-addr :3":                                                         "needs certificates",
		"-tls-adhoc -tls-cert a -tls-key b":                                    "exclude each other",
		"-tls-client-auth require":                                             "need tls-cert",
		"-tls-cert " + certificate:                                             "every certificate needs its key",
		"-tls-cert " + certificate + ",b -tls-key " + key:                      "every certificate needs its key",
		"-tls-cert " + key + " -tls-key " + certificate:                        "tls.crt",
		"-tls-min-version 1.1 -tls-cert " + certificate + " -tls-key " + key:   "want one of 1.2, 1.3",
		"-tls-client-auth require -tls-cert a -tls-key b -tls-client-ca a.pem": "a.pem",
	} {
		if _, err := loaded(t, new(Settings), strings.Fields(args), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

func writePair(t *testing.T) (certificate, key string) {
	t.Helper()
	c, err := AdHoc()
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(t.TempDir(), "tls.crt"), filepath.Join(t.TempDir(), "tls.key")
	if err := writePEM(certificate, key, c); err != nil {
		t.Fatal(err)
	}
	return certificate, key
}

// inCode are the fields that only a program can set.
var inCode = map[string]string{
	"Listeners": "by addr and tls-addr",
	"Wrap":      "a function",
	"TLS":       "by tls-cert and the others",
	"Error":     "a function",
	"AccessLog": "by access-log and access-log-format",
	"Counters":  "for the program to read",

	"Hooks.Ready": "a function", "Hooks.ConnState": "a function", "Hooks.Drain": "a function", "Hooks.Exit": "a function",
}

// samples are values of every kind of setting that differ from all defaults.
var samples = map[kind]string{
	textual: "unix:/sample", temporal: "1h0m0s", numeric: "7", boolean: "true", networks: "192.0.2.0/24",
}

// Every field of Config is a setting, or is known to be one for code only; and what was
// set is shown as it was given.
func TestEveryFieldIsASetting(t *testing.T) {
	reached := map[string]bool{}
	for i := range options {
		o, s := &options[i], new(Settings)
		sample, ok := samples[o.kind]
		if !ok {
			continue // choices, of certificates only
		}
		if err := o.set(s, sample); err != nil {
			t.Errorf("%s: %v", o.name, err)
		}
		if got := o.get(s); got != sample {
			t.Errorf("%s: set to %q, shown as %q", o.name, sample, got)
		}
		for _, name := range leaves(reflect.ValueOf(s.Config), "") {
			reached[name.path] = reached[name.path] || !name.value.IsZero()
		}
	}
	for _, leaf := range leaves(reflect.ValueOf(Config{}), "") {
		_, code := inCode[leaf.path]
		if code == reached[leaf.path] {
			t.Errorf("Config.%s: a setting sets it: %v, listed as code only: %v; add it to options.go or to inCode", leaf.path, reached[leaf.path], code)
		}
	}
}

type leaf struct {
	path  string
	value reflect.Value
}

func leaves(v reflect.Value, path string) (all []leaf) {
	for i := range v.NumField() {
		name := path + v.Type().Field(i).Name
		if v.Field(i).Kind() == reflect.Struct {
			all = append(all, leaves(v.Field(i), name+".")...)
		} else {
			all = append(all, leaf{name, v.Field(i)})
		}
	}
	return all
}

// The documented defaults are those that the server takes.
func TestDefaultsOfSettings(t *testing.T) {
	c := Config{}.withDefaults()
	filled := &Settings{Config: c}
	for i := range options {
		o := &options[i]
		if got := o.get(filled); got != "" && got != o.initial {
			t.Errorf("%s: the table says %q, the server takes %q", o.name, o.initial, got)
		}
		s := new(Settings)
		if o.initial == "" || o.kind == chosen {
			continue
		}
		if err := o.set(s, o.initial); err != nil {
			t.Errorf("%s: its default %q cannot be set: %v", o.name, o.initial, err)
		}
	}
}

var update = flag.Bool("update", false, "write the table of settings into docs/operations.md")

// docs/operations.md holds the table; -update writes it.
func TestSettingsAreDocumented(t *testing.T) {
	const name, begin, end = "../../docs/operations.md", "<!-- settings: written by go test ./gateway/server -run Documented -update -->\n", "<!-- end of settings -->\n"
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(text), begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the table", name)
	}
	var want strings.Builder
	want.WriteString("| flag | environment | what for | default | others |\n|---|---|---|---|---|\n")
	for _, o := range options {
		fmt.Fprintf(&want, "| `-%s` | `DEWAR_SERVER_%s` | %s | %s | %s |\n", o.name, o.variable(),
			strings.ReplaceAll(strings.ReplaceAll(o.usage, "`", ""), "|", `\|`), o.initial, o.precedent)
	}
	if got == want.String() {
		return
	}
	if !*update {
		t.Fatalf("the table of %s is not that of options.go: run go test ./gateway/server -run Documented -update", name)
	}
	if err := os.WriteFile(name, []byte(before+begin+want.String()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A choice is shown as it was given.
func TestChoices(t *testing.T) {
	s := new(Settings)
	for i := range options {
		if o := &options[i]; o.name == "tls-client-auth" {
			if err := o.set(s, "require"); err != nil || s.Files.ClientAuth != tls.RequireAndVerifyClientCert || o.get(s) != "require" {
				t.Errorf("%v, %v, shown as %q", err, s.Files.ClientAuth, o.get(s))
			}
		}
	}
}

// Single addresses are prefixes of their whole length.
func TestPrefixes(t *testing.T) {
	c, err := loaded(t, new(Settings), []string{"-proxies", "192.0.2.1, 10.1.2.3/8,2001:db8::1"}, nil)
	want := []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::1/128")}
	if err != nil || !reflect.DeepEqual(c.TrustedProxies.Proxies, want) {
		t.Errorf("%v, %v", c.TrustedProxies.Proxies, err)
	}
}

func TestAccessLogOfSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "access.log")
	s := new(Settings)
	c, err := loaded(t, s, []string{"-access-log", file, "-access-log-format", "common"}, nil)
	if err != nil || c.AccessLog == nil || len(s.Reopen()) != 1 {
		t.Fatalf("%v, log %v, %d hooks to reopen", err, c.AccessLog, len(s.Reopen()))
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := s.Reopen()[0](); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("not opened anew: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for args, want := range map[string]string{
		"-access-log-format json":              "needs access-log",
		"-access-log - -access-log-format %(x": "%(x",
		"-access-log /nowhere/at/all":          "/nowhere/at/all",
	} {
		if _, err := loaded(t, new(Settings), strings.Fields(args), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

func writePEM(certificate, key string, c tls.Certificate) error {
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	return errors.Join(err,
		os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
}
