package session

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func vectorFile(name string) string {
	return filepath.Join(cmp.Or(os.Getenv("DEWAR_VECTORS"), filepath.Join("..", "testdata", "vectors")), name)
}

type vector struct {
	ID, Kind   string
	SecretKeys []string `json:"secret_keys"`
	Salt       string
	Digest     string
	Timestamp  int64
	Token      string
	Compressed bool
	Payload    string `json:"payload_json"`
	Value      map[string]any
	Now        int64
	MaxAge     *int64 `json:"max_age"`
	Expect     struct {
		OK    bool
		Value map[string]any
		Error string
	}
}

// tagged are the values that the vectors describe in words.
var tagged = map[string]map[string]any{
	"session-dumps-09": {"_flashes": []any{Tuple{"message", "Saved"}}, "csrf": "x"},
	"session-dumps-10": {
		"b": []byte{0, 255}, "dt": time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC),
		"m": HTML("<b>"), "u": UUID{15: 5},
	},
	"session-dumps-11": {"x": map[string]any{" t": 1}},
}

// TestVectors reads and writes the sessions of Flask. Those signed with SHA-1 go
// through a Manager in Flask's mode; two of SHA-256 are signing's to test.
func TestVectors(t *testing.T) {
	f, err := os.Open(vectorFile("itsdangerous.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	passed, total := 0, 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if !strings.Contains(lines.Text(), `"kind": "session-`) {
			continue
		}
		var v vector
		d := json.NewDecoder(strings.NewReader(lines.Text()))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if v.Digest != "sha1" || v.Salt != "cookie-session" {
			continue
		}
		total++
		if err := v.run(); err != nil {
			t.Errorf("%s: %v", v.ID, err)
			continue
		}
		passed++
	}
	fmt.Printf("itsdangerous.jsonl, sessions: %d/%d\n", passed, total)
}

func (v *vector) run() error {
	lifetime := 200 * 365 * 24 * time.Hour
	if v.MaxAge != nil {
		lifetime = time.Duration(*v.MaxAge) * time.Second
	}
	m, err := New(Config{Keys: v.SecretKeys, Flask: true, Lifetime: lifetime})
	if err != nil {
		return err
	}
	if v.Kind == "session-loads" {
		return v.load(m)
	}
	want := tagged[v.ID]
	if want == nil {
		raw, err := restore(any(v.Value), 0)
		if err != nil {
			return err
		}
		want = raw.(map[string]any)
	}
	at := time.Unix(v.Timestamp, 0)
	s, err := m.Open(context.Background(), v.Token, at)
	if err != nil || s.New() || !reflect.DeepEqual(s.values, want) {
		return fmt.Errorf("read %#v, want %#v (%v)", s.values, want, err)
	}
	encoded, err := Encode(want)
	if err != nil || !sameJSON(string(encoded), v.Payload) {
		return fmt.Errorf("wrote %s, want %s (%v)", encoded, v.Payload, err)
	}
	if len(want) == 0 {
		return nil // nothing is written of an empty session
	}
	s.Touch()
	c, err := m.Close(context.Background(), s, at)
	if err != nil {
		return err
	}
	if !v.Compressed && string(encoded) == v.Payload && c.Value != v.Token {
		return fmt.Errorf("signed %s, want %s", c.Value, v.Token)
	}
	again, err := m.Open(context.Background(), c.Value, at)
	if err != nil || !reflect.DeepEqual(again.values, want) {
		return fmt.Errorf("%s reads as %#v (%v)", c.Value, again.values, err)
	}
	return nil
}

func (v *vector) load(m *Manager) error {
	s, err := m.Open(context.Background(), v.Token, time.Unix(v.Now, 0))
	if err != nil {
		return err
	}
	if s.New() == v.Expect.OK {
		return fmt.Errorf("read %v, want ok %v (%s)", s.values, v.Expect.OK, v.Expect.Error)
	}
	want, err := restore(any(v.Expect.Value), 0)
	if err == nil && v.Expect.OK && !reflect.DeepEqual(any(s.values), want) {
		return fmt.Errorf("read %v, want %v", s.values, want)
	}
	return err
}

// sameJSON compares without regard to the order of keys, which Python keeps and Go
// does not.
func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y) && len(a) == len(b)
}

var (
	ctx  = context.Background()
	noon = time.Unix(1700000000, 0)
	key  = "0123456789abcdef"
)

func mustNew(t *testing.T, c Config) *Manager {
	t.Helper()
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func open(t *testing.T, m *Manager, cookie string, now time.Time) *Session {
	t.Helper()
	s, err := m.Open(ctx, cookie, now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closed(t *testing.T, m *Manager, s *Session, now time.Time) *Cookie {
	t.Helper()
	c, err := m.Close(ctx, s, now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConfigMistakes(t *testing.T) {
	for want, c := range map[string]Config{
		"has 15 bytes, at least 16": {Keys: []string{key[1:]}},
		"is empty":                  {Keys: []string{""}, Flask: true},
		"negative":                  {Lifetime: -1},
		"store needs keys":          {Store: &MemoryStore{}},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", c, err, want)
		}
	}
}

func TestKeysRotate(t *testing.T) {
	old := mustNew(t, Config{Keys: []string{"old-old-old-old-"}})
	s := open(t, old, "", noon)
	s.Set("a", 1)
	cookie := closed(t, old, s, noon).Value
	both := mustNew(t, Config{Keys: []string{"old-old-old-old-", "new-new-new-new-"}})
	s = open(t, both, cookie, noon)
	if s.New() || s.Int("a") != 1 {
		t.Fatal("the old key no longer verifies")
	}
	s.Set("b", 2)
	cookie = closed(t, both, s, noon).Value
	if s := open(t, mustNew(t, Config{Keys: []string{"new-new-new-new-"}}), cookie, noon); s.New() {
		t.Error("the new key did not sign")
	}
	if s := open(t, old, cookie, noon); !s.New() {
		t.Error("the old key signed")
	}
}

func TestWithoutKeysNothingIsKept(t *testing.T) {
	m := mustNew(t, Config{})
	s := open(t, m, "anything", noon)
	if s.Len() != 0 || closed(t, m, s, noon) != nil {
		t.Error("not empty")
	}
	defer func() {
		if msg, _ := recover().(string); !strings.Contains(msg, "App.Session.Keys") {
			t.Errorf("Set without keys: %q", msg)
		}
	}()
	s.Set("a", 1)
}

func TestCookieIsWrittenWhereSomethingChanged(t *testing.T) {
	m := mustNew(t, Config{Keys: []string{key}})
	s := open(t, m, "", noon)
	s.Delete("nothing")
	s.Clear()
	if c := closed(t, m, s, noon); c != nil {
		t.Errorf("nothing changed: %+v", c)
	}
	s.Set("user", "ada")
	c := closed(t, m, s, noon)
	if c == nil || c.MaxAge != 0 {
		t.Fatalf("changed: %+v", c)
	}
	s = open(t, m, c.Value, noon)
	if s.New() || s.Modified() || s.String("user") != "ada" || closed(t, m, s, noon) != nil {
		t.Error("read only, yet written")
	}
	s.SetPermanent(true)
	c = closed(t, m, s, noon)
	if c.MaxAge != 31*24*time.Hour {
		t.Errorf("permanent: %v", c.MaxAge)
	}
	s = open(t, m, c.Value, noon.Add(time.Hour))
	if c := closed(t, m, s, noon.Add(time.Hour)); c == nil {
		t.Error("a permanent session is not prolonged")
	}
	if s := open(t, m, c.Value, noon.Add(31*24*time.Hour)); s.New() {
		t.Error("expired at its lifetime")
	}
	if s := open(t, m, c.Value, noon.Add(31*24*time.Hour+time.Second)); !s.New() {
		t.Error("not expired after its lifetime")
	}
	s.Clear()
	if c := closed(t, m, s, noon); c == nil || c.MaxAge >= 0 {
		t.Errorf("cleared: %+v", c)
	}
	keep := mustNew(t, Config{Keys: []string{key}, KeepExpiry: true})
	if c := closed(t, keep, open(t, keep, c.Value, noon), noon); c != nil {
		t.Errorf("KeepExpiry: %+v", c)
	}
}

func TestValues(t *testing.T) {
	type user struct {
		Name string
		Age  int
	}
	m := mustNew(t, Config{Keys: []string{key}})
	s := open(t, m, "", noon)
	s.Set("user", user{"Ada", 36})
	s.Set("big", 1<<40)
	s.Set("f", 1.5)
	s.Set("whole", 3.0)
	s.Set("t", true)
	s.Set("list", []string{"a"})
	s.Set("deep", map[string]any{" t": []any{1, nil, "\u2028<&>\x00é"}})
	s = open(t, m, closed(t, m, s, noon).Value, noon)
	if u, ok := Value[user](s, "user"); !ok || u != (user{"Ada", 36}) {
		t.Errorf("user %v", s.Get("user"))
	}
	if l, ok := Value[[]string](s, "list"); !ok || l[0] != "a" {
		t.Errorf("list %v", s.Get("list"))
	}
	if _, ok := Value[int](s, "f"); ok || s.Int("missing") != 0 {
		t.Error("1.5 is no whole number")
	}
	if s.Get("big") != 1<<40 || s.Get("f") != 1.5 || s.Get("whole") != 3.0 || !s.Bool("t") || s.Pop("t") != true || s.Has("t") {
		t.Errorf("values %v", s.values)
	}
	if want := (map[string]any{" t": []any{1, nil, "\u2028<&>\x00é"}}); !reflect.DeepEqual(s.Get("deep"), want) {
		t.Errorf("deep %#v", s.Get("deep"))
	}
	if got := strings.Join(s.Keys(), " "); got != "big deep f list user whole" {
		t.Errorf("keys %s", got)
	}
}

func TestDepthIsBounded(t *testing.T) {
	nest := func(n int) any {
		var v any = "x"
		for range n {
			v = []any{v}
		}
		return v
	}
	for n, want := range map[int]bool{maxDepth - 1: true, maxDepth: false} {
		_, err := Encode(map[string]any{"v": nest(n)})
		if (err == nil) != want {
			t.Errorf("writing depth %d: %v", n, err)
		}
		text, _ := json.Marshal(map[string]any{"v": nest(n)})
		if _, err := Decode(text); (err == nil) != want {
			t.Errorf("reading depth %d: %v", n, err)
		}
	}
}

func stores(t *testing.T) map[string]Store {
	return map[string]Store{"memory": &MemoryStore{}, "file": FileStore{Dir: filepath.Join(t.TempDir(), "sessions")}}
}

func TestStores(t *testing.T) {
	for name, store := range stores(t) {
		if _, err := store.Load(ctx, "a"); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: nothing gave %v", name, err)
		}
		if err := errors.Join(store.Save(ctx, "a", []byte("one"), time.Hour), store.Save(ctx, "a", []byte("two"), time.Hour), store.Save(ctx, "gone", nil, 0)); err != nil {
			t.Fatal(err)
		}
		if b, err := store.Load(ctx, "a"); string(b) != "two" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
		if _, err := store.Load(ctx, "gone"); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: expired gave %v", name, err)
		}
		if err := errors.Join(store.Touch(ctx, "a", 0)); err != nil {
			t.Error(err)
		}
		if _, err := store.Load(ctx, "a"); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: touched to expire gave %v", name, err)
		}
		if err := store.Touch(ctx, "none", time.Hour); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: touching nothing gave %v", name, err)
		}
		if err := errors.Join(store.Delete(ctx, "a"), store.Delete(ctx, "a")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStoredSessions(t *testing.T) {
	for name, store := range stores(t) {
		m := mustNew(t, Config{Keys: []string{key}, Store: store, Absolute: time.Hour})
		s := open(t, m, "", noon)
		s.Set("user", "ada")
		first := closed(t, m, s, noon).Value
		if strings.Contains(first, "ada") || len(first) > 200 {
			t.Errorf("%s: the cookie is %s", name, first)
		}
		s = open(t, m, first, noon)
		if s.String("user") != "ada" {
			t.Fatalf("%s: read %v", name, s.values)
		}
		s.Regenerate()
		second := closed(t, m, s, noon).Value
		if s := open(t, m, first, noon); !s.New() {
			t.Errorf("%s: the id before Regenerate is still good", name)
		}
		if s := open(t, m, second, noon.Add(time.Hour)); s.New() {
			t.Errorf("%s: ended before its absolute time", name)
		}
		if s := open(t, m, second, noon.Add(time.Hour+time.Second)); !s.New() {
			t.Errorf("%s: outlives its absolute time", name)
		}
		s = open(t, m, second, noon)
		s.Clear()
		if c := closed(t, m, s, noon); c.MaxAge >= 0 {
			t.Errorf("%s: cleared: %+v", name, c)
		}
		if s := open(t, m, second, noon); !s.New() {
			t.Errorf("%s: cleared, yet stored", name)
		}
	}
}

// A request that only read must not put back what one beside it changed.
func TestReadingDoesNotOverwrite(t *testing.T) {
	m := mustNew(t, Config{Keys: []string{key}, Store: &MemoryStore{}})
	s := open(t, m, "", noon)
	s.Set("n", 1)
	cookie := closed(t, m, s, noon).Value
	reader, writer := open(t, m, cookie, noon), open(t, m, cookie, noon)
	writer.Set("n", 2)
	closed(t, m, writer, noon)
	closed(t, m, reader, noon)
	if n := open(t, m, cookie, noon).Int("n"); n != 2 {
		t.Errorf("n is %d, want 2", n)
	}
}

func TestMemoryStoreIsBounded(t *testing.T) {
	now := noon
	store := &MemoryStore{Max: 3, now: func() time.Time { return now }}
	for i := range 3 {
		store.Save(ctx, fmt.Sprint(i), nil, time.Duration(i+1)*time.Minute)
	}
	if store.Len() != 3 {
		t.Errorf("%d of 3", store.Len())
	}
	store.Save(ctx, "3", nil, time.Hour)
	if _, err := store.Load(ctx, "0"); store.Len() != 3 || !errors.Is(err, ErrNotFound) {
		t.Errorf("%d kept; the one to expire first: %v", store.Len(), err)
	}
	now = now.Add(2 * time.Minute)
	store.Save(ctx, "4", nil, time.Hour)
	if _, err := store.Load(ctx, "2"); err != nil {
		t.Errorf("a session was dropped though another had expired: %v", err)
	}
}

func TestFileStoreSweeps(t *testing.T) {
	f := FileStore{Dir: t.TempDir()}
	if err := errors.Join(f.Save(ctx, "old", nil, 0), f.Save(ctx, "new", nil, time.Hour), f.Sweep()); err != nil {
		t.Fatal(err)
	}
	names, _ := os.ReadDir(f.Dir)
	if len(names) != 1 {
		t.Errorf("%d files left", len(names))
	}
}

// FuzzDecode: what reads also writes, and reads again as the same.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":{" t":[1,2.5]}}`, `{" di":{" t__":1}}`, `{"x":{" d":"Tue, 02 Jan 2024 03:04:05 GMT"}}`, `{"u":{" u":"00000000000000000000000000000005"}}`, `{"b":{" b":"AP8="}}`, `[]`, `null`,
		`{"a":1,"b":-7,"c":"x y","d":true,"e":false,"f":null}`, `{"a":01}`, `{"a":-0}`, `{"a":1.5}`, `{"a":1e3}`, `{"a":123456789,"b":1234567890}`, `{"a":1,"a":2}`, `{"a":1}x`, `{"a":tru}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		values, err := Decode(data)
		if slow, slowErr := decodeAny(data); !reflect.DeepEqual(values, slow) || (err == nil) != (slowErr == nil) {
			t.Fatalf("%q is %#v, %v the short way and %#v, %v the long way", data, values, err, slow, slowErr)
		}
		if err != nil {
			return
		}
		encoded, err := Encode(values)
		if errors.Is(err, errDepth) {
			return
		}
		if err != nil {
			t.Fatalf("%q was read as %#v, which cannot be written: %v", data, values, err)
		}
		again, err := Decode(encoded)
		if errors.Is(err, errDepth) {
			return // tags add levels
		}
		if err != nil || !reflect.DeepEqual(again, values) {
			t.Fatalf("%q was read as %#v, written as %q, read as %#v (%v)", data, values, encoded, again, err)
		}
	})
}

// FuzzOpen: whatever a client sends as its cookie is a session, and a new one.
func FuzzOpen(f *testing.F) {
	m, _ := New(Config{Keys: []string{key}})
	f.Add(".eJyrVipJrShRslLKyS9KzVXILCguzVUYZdOOrVQLAKRejAY.ZVPxAA.S6MI7kT2DTCfboZ1uPtD4J45cMY")
	f.Add("..")
	f.Fuzz(func(t *testing.T, cookie string) {
		s, err := m.Open(ctx, cookie, noon)
		if err != nil || !s.New() || s.Len() != 0 {
			t.Fatalf("%q opened %v, %v", cookie, s, err)
		}
	})
}
