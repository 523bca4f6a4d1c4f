package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

type common struct {
	Debug bool
}

type settings struct {
	common
	Secret   Secret        `config:",required"`
	Timeout  time.Duration `default:"5s"`
	HTTPPort uint16
	Hosts    []string
	Ratio    float64
	Started  time.Time
	Addr     netip.Addr
	Level    *int
	Labels   map[string]int
	Extra    any
	Hidden   string `config:"-"`
	Database struct {
		URL  string `config:"url,required"`
		Pool int    `default:"10"`
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLaterSourcesOverride(t *testing.T) {
	file := write(t, "c.json", `{"secret": "from file", "debug": true, "database": {"url": "file", "pool": 3}, "hosts": ["a", "b"],
		"started": "2024-01-02T03:04:05Z", "level": 7, "labels": {"x": 1}, "extra": {"deep": [1, {"k": 2.5}]}}`)
	t.Setenv("NOTES_DATABASE__POOL", "20")
	t.Setenv("NOTES_HTTP_PORT", "8080")
	t.Setenv("NOTES_SECRET", "0123")
	t.Setenv("NOTES_SERVICE_HOST", "of Kubernetes")
	t.Setenv("NOTES_ADDR", "127.0.0.1")
	var s settings
	s.Ratio = 0.5
	if err := Load(&s, File(file), Map(map[string]any{"debug": false, "database": map[string]any{"url": "map"}, "timeout": time.Minute}), Env("NOTES_")); err != nil {
		t.Fatal(err)
	}
	level := 7
	want := settings{Secret: "0123", Timeout: time.Minute, HTTPPort: 8080, Hosts: []string{"a", "b"}, Ratio: 0.5, Level: &level,
		Started: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), Addr: netip.MustParseAddr("127.0.0.1"), Labels: map[string]int{"x": 1}}
	want.Database.URL, want.Database.Pool = "map", 20
	got := s
	got.Extra = nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if text := fmt.Sprint(s.Extra); !strings.HasPrefix(text, "map[deep:[1 map[") {
		t.Errorf("extra %v", text)
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	file := write(t, "c.json", `{"time_out": "1s", "htp_port": 1, "database": {"urll": "x", "pool": "many"}, "labels": [], "level": 1.5, "secret": ""}`)
	broken := write(t, "b.json", "{\n\"a\": 1,\n}")
	t.Setenv("N_HTTP_PORT", "65536")
	t.Setenv("N_DEBUG", "maybe")
	t.Setenv("N_TIMEOUT", "5")
	t.Setenv("N_HOSTS", `[["a"]]`)
	t.Setenv("N_DATABASE", "flat")
	var s settings
	err := Load(&s, File(file), File(broken), File("missing.json"), FileFromEnv("N_NONE"), Env("N_"))
	for _, want := range []string{
		"time_out: there is no such setting; did you mean timeout? (from " + file + ")",
		"htp_port: there is no such setting; did you mean http_port?",
		"database.urll: there is no such setting; did you mean url?",
		"database: is a group of settings, not a value (from $N_DATABASE)",
		"labels: is a list, and no map[string]int",
		"level: is no int",
		"line 3:",
		"missing.json",
		"the variable is not set",
		"http_port: does not fit into uint16 (from $N_HTTP_PORT)",
		"debug: is neither true nor false",
		"timeout: is no duration such as 30s",
		"hosts: element 0 is a list, and no string",
		"database.url: is required and not set; $N_DATABASE__URL sets it",
		"secret: is required and empty",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the report lacks %q:\n%v", want, err)
		}
	}
	var problem *Problem
	if !errors.As(err, &problem) {
		t.Error("the problems cannot be reached")
	}
}

// Without variables there is none to name.
func TestRequiredWithoutVariables(t *testing.T) {
	var s struct {
		Key string `config:",required"`
	}
	if err := Load(&s, Map(nil)); err == nil || err.Error() != "config: key: is required and not set" {
		t.Errorf("%v", err)
	}
}

func TestProblemsNeverShowValues(t *testing.T) {
	t.Setenv("N_TIMEOUT", "hunter2")
	t.Setenv("N_ADDR", "hunter2")
	t.Setenv("N_HTTP_PORT", "hunter2")
	t.Setenv("N_DEBUG", "hunter2")
	t.Setenv("N_STARTED", "hunter2")
	var s settings
	if err := Load(&s, Env("N_")); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

func TestOptional(t *testing.T) {
	var s struct{ A int }
	if err := Load(&s, Optional(File("missing.json")), Optional(FileFromEnv("NO_SUCH_VARIABLE"))); err != nil {
		t.Error(err)
	}
	if err := Load(&s, Optional(File(write(t, "c.json", "{")))); err == nil {
		t.Error("a broken file passes as missing")
	}
	if err := Load(s); err == nil {
		t.Error("a struct passes as a pointer to one")
	}
}

func TestOtherFormats(t *testing.T) {
	var s struct{ A, B int }
	lines := func(data []byte, v any) error {
		m := map[string]any{}
		for line := range strings.Lines(string(data)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			m[key] = value
		}
		*v.(*map[string]any) = m
		return nil
	}
	if err := Load(&s, FileOf(write(t, "c.ini", "a=1\nb=2\n"), lines)); err != nil || s.A != 1 || s.B != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}

type validated struct{ Min, Max int }

func (v *validated) Validate() error {
	var errs []error
	if v.Min > v.Max {
		errs = append(errs, errors.New("min is above max"), errors.New("and that is wrong"))
	}
	return errors.Join(errs...)
}

func TestValidate(t *testing.T) {
	err := Load(&validated{}, Map(map[string]any{"min": 2, "max": 1}))
	var e *Error
	if !errors.As(err, &e) || len(e.Problems) != 2 {
		t.Errorf("%v", err)
	}
}

func TestSecretsHide(t *testing.T) {
	s := Secret("hunter2")
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s)
	j, _ := json.Marshal(map[string]any{"s": s, "p": &s})
	for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%#v %+v %q %s", s, s, s, s), string(j), log.String()} {
		if strings.Contains(shown, "hunter2") {
			t.Errorf("shown: %s", shown)
		}
	}
	if s.Reveal() != "hunter2" || Secret("").String() != "" {
		t.Error("lost")
	}
}

func TestDescribe(t *testing.T) {
	var s struct {
		Secret   Secret
		APIKey   string
		Port     int
		Database struct{ Password, User string }
	}
	s.Secret, s.APIKey, s.Port, s.Database.Password = "a", "b", 80, "c"
	want := []Setting{{"secret", Redacted}, {"api_key", Redacted}, {"port", "80"}, {"database.password", Redacted}, {"database.user", ""}}
	if got := Describe(&s); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

func TestSnake(t *testing.T) {
	for name, want := range map[string]string{"Debug": "debug", "HTTPPort": "http_port", "UserID": "user_id", "MaxFormParts": "max_form_parts", "A": "a", "URL": "url"} {
		if got := snake(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func FuzzEnvironment(f *testing.F) {
	for _, s := range []string{"A=1", "A__B=2", "A__=", "__=x", "A=[1", `DATABASE__POOL={"a":1}`, "LABELS__X=1"} {
		f.Add(s, "A=x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		l := &loader{}
		var s settings
		l.fill(reflect.ValueOf(&s).Elem(), environment("", []string{a, b}), "")
	})
}
