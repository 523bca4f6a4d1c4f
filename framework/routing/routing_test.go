package routing

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// mustMap makes a map of rules, each written "METHOD pattern" or "pattern" alone,
// which is also its endpoint.
func mustMap(t testing.TB, c Config, lines ...string) *Map {
	t.Helper()
	m, err := New(c, rulesOf(lines...)...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func rulesOf(lines ...string) []*Rule {
	var rules []*Rule
	for _, line := range lines {
		r := &Rule{Pattern: line, Endpoint: line}
		if method, pattern, ok := strings.Cut(line, " /"); ok {
			r.Methods, r.Pattern = []string{method}, "/"+pattern
		}
		rules = append(rules, r)
	}
	return rules
}

// get asks a map and gives the answer in one line: the rule with its arguments, a
// location, or a status.
func get(m *Map, r Request) string {
	if r.Method == "" {
		r.Method = "GET"
	}
	if r.Scheme == "" {
		r.Scheme, r.Host = "http", "example.com"
	}
	var out Match
	m.Match(&r, &out)
	switch {
	case out.Status == 308:
		return "→ " + out.Location
	case out.Status == 405:
		return "405 " + strings.Join(out.Allow, ",")
	case out.Status != 0:
		return fmt.Sprint(out.Status)
	}
	s := out.Rule.Endpoint
	for i := range out.Params {
		s += fmt.Sprintf(" %s=%v", out.Params[i].Name, out.Params[i].Value())
	}
	return s
}

func TestLanguageMistakes(t *testing.T) {
	for pattern, want := range map[string]string{
		"a":                        "does not begin with a slash",
		"":                         "does not begin with a slash",
		"/<":                       "needs a name",
		"/<>":                      "needs a name",
		"/<int:>":                  `needs a name after "int:"`,
		"/<1x>":                    "needs a name",
		"/<x":                      "expected > after variable x",
		"/<int(1:x>":               "expected , or ) after",
		"/<int(min=1>":             "expected , or ) after",
		"/<int(min=):x>":           "expected an argument",
		"/<int(min=1,min=2):x>":    "given twice",
		"/<int(min=1)>":            "expected :name",
		"/<any('a:x>":              "has no end",
		"/<x>/<x>":                 "<x> stands twice",
		"/<x>/{id}/y":              "a variable is written <id> and not {id} in rule",
		"/a/:id":                   "a variable is written <id> and not :id in rule",
		"/<x>/:id/y":               "a variable is written <id> and not :id in rule",
		"/files/*":                 "the rest of a path is written <path:rest> and not * in rule",
		"/files/*name":             "the rest of a path is written <path:name> and not *name in rule",
		"/<what:x>":                "unknown converter what of <x>",
		"/<id:int>":                "did you mean <int:id>, the converter first?",
		"/<int(5):x>":              "takes named arguments only",
		"/<int(size=5):x>":         "unknown: size",
		"/<int(min=a):x>":          "min=a is not a whole number",
		"/<int(min=5, max=4):x>":   "hold nothing",
		"/<int(max=-1):x>":         "hold nothing",
		"/<float(min=x):x>":        "not a number",
		"/<int(signed=maybe):x>":   "neither true nor false",
		"/<any():x>":               "needs the texts",
		"/<any('a/b'):x>":          "has a slash",
		"/<string(minlength=0):x>": "hold nothing",
		"/a?b":                     "end a path",
		"/a/../b":                  "dot segment",
		"/\xff":                    "not UTF-8",
		"/<bad:x>":                 "missing closing )",
		"/<greedy:x>":              "captures",
		"/<picky:x>":               "no arguments, no value",
	} {
		_, err := New(Config{Converters: converters}, &Rule{Pattern: pattern, Source: "app.go:7"})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "app.go:7: ") {
			t.Errorf("%s: %v, want %s", pattern, err, want)
		}
	}
}

var converters = map[string]ConverterFunc{
	"bad":    func(Args) (Converter, error) { return Converter{Pattern: "("}, nil },
	"greedy": func(Args) (Converter, error) { return Converter{Pattern: "(a)"}, nil },
	"picky":  func(Args) (Converter, error) { return Converter{}, errors.New("no arguments, no value") },
	"date": func(a Args) (Converter, error) {
		return Converter{
			Pattern: `\d{4}-\d{2}-\d{2}`,
			ToGo:    func(s string) (any, error) { return time.Parse(time.DateOnly, s) },
			ToURL: func(v any) (string, error) {
				d, ok := v.(time.Time)
				if !ok {
					return "", fmt.Errorf("%T is no time.Time", v)
				}
				return d.Format(time.DateOnly), nil
			},
		}, nil
	},
	"list": func(a Args) (Converter, error) {
		return Converter{Pattern: `[a-z/]+`, Weight: 10, ToGo: func(s string) (any, error) { return strings.Split(s, "/"), nil }}, nil
	},
}

func TestAllMistakesAtOnce(t *testing.T) {
	_, err := New(Config{}, rulesOf("a", "/<", "get /x")...)
	if err == nil || strings.Count(err.Error(), "\n") != 2 || !strings.Contains(err.Error(), "methods are upper case") {
		t.Errorf("%v", err)
	}
}

func TestDuplicates(t *testing.T) {
	for _, test := range []struct {
		first, second string
		want          string // "": no conflict
	}{
		{"/a", "/a", "both match /a for every method"},
		{"GET /a", "/a", "both match /a for GET, HEAD"},
		{"GET /a", "HEAD /a", "both match /a for HEAD"},
		{"GET /a", "POST /a", ""},
		{"/a/", "/a", ""},
		{"/<x>", "/<y>", "both match /x for"},
		{"/<string:x>", "/<y>", "both match /x for"},
		{"/<int:x>", "/<y>", ""},
		{"/<int(min=2):x>/z", "/<int(min=2):y>/z", "both match /2/z"},
		{"/<int(min=2):x>", "/<int:y>", ""},
		{"/users/me", "/users/<id>", ""}, // gin#205, #1681: never a conflict
		{"/<path:p>", "/<path:q>", "both match /x/y for"},
		{"/a//b", "/a/b", "both match /a/b"},
		{"/<a>-<b>", "/<c>-<d>", "both match /x-x"},
		{"/<a>-<b>", "/<c>_<d>", ""},
	} {
		_, err := New(Config{}, rulesOf(test.first, test.second)...)
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s and %s: %v", test.first, test.second, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s and %s: %v, want %s", test.first, test.second, err, test.want)
		}
	}
}

func TestMatch(t *testing.T) {
	m := mustMap(t, Config{Converters: converters},
		"/", "/users/me", "/users/<id>", "GET /users/<int:n>/edit", "PATCH /patch/<n>",
		"/on/<date:day>", "/on/<day>", "/tags/<list:tags>", "/tags/<tags>",
		"/signed/<int(signed=True):n>", "/signed/<float(signed=True):f>", "/len/<string(length=2):s>",
		"/f/<name>.<any(png, jpg):ext>", "/at/@<user>", "/at/@<user>/<path:rest>/raw",
		"/dir/<path:p>/", "/é/<x>", "/num/<int(max=5):n>", "/num/<n>")
	for path, want := range map[string]string{
		"":                          "/",
		"/":                         "/",
		"x":                         "404",
		"*":                         "404",
		"/users/me":                 "/users/me",
		"/users/you":                "/users/<id> id=you",
		"/users/7":                  "/users/<id> id=7",
		"/users/7/edit":             "GET /users/<int:n>/edit n=7",
		"/users/x/edit":             "404",
		"/on/2024-02-29":            "/on/<date:day> day=2024-02-29 00:00:00 +0000 UTC",
		"/on/2023-02-29":            "/on/<day> day=2023-02-29", // the converter refused it: the next rule
		"/tags/a/b":                 "/tags/<list:tags> tags=[a b]",
		"/tags/1":                   "/tags/<tags> tags=1",
		"/signed/-7":                "/signed/<int(signed=True):n> n=-7",
		"/signed/-7.5":              "/signed/<float(signed=True):f> f=-7.5",
		"/signed/--7":               "404",
		"/signed/-":                 "404",
		"/len/%C3%A9%C3%A9":         "/len/<string(length=2):s> s=éé",
		"/len/%C3%A9":               "404",
		"/f/a.b.png":                "/f/<name>.<any(png, jpg):ext> name=a.b ext=png",
		"/f/a%2Fb.png":              "404",
		"/at/@ada":                  "/at/@<user> user=ada",
		"/at/ada":                   "404",
		"/at/@ada/x/y/raw":          "/at/@<user>/<path:rest>/raw user=ada rest=x/y",
		"/at/@ada/x%2Fy/raw":        "/at/@<user>/<path:rest>/raw user=ada rest=x/y",
		"/at/@ada/x%2Fraw":          "404", // the escaped slash is no separator before raw
		"/at/%40ada":                "/at/@<user> user=ada",
		"/dir/a/b/":                 "/dir/<path:p>/ p=a/b",
		"/dir/a":                    "→ /dir/a/",
		"/dir/%2Fa/":                "404", // a path does not begin with a slash
		"/%C3%A9/%FF":               "/é/<x> x=\uFFFD",
		"/\xc3\xa9/\xff":            "/é/<x> x=\uFFFD",
		"/num/5":                    "/num/<int(max=5):n> n=5",
		"/num/6":                    "/num/<n> n=6",
		"/num/99999999999999999999": "/num/<n> n=99999999999999999999",
		"/num/%zz":                  "/num/<n> n=%zz",
		"/num/a%00b":                "/num/<n> n=a\x00b",
		"/users%2Fme":               "404",
	} {
		if got := get(m, Request{Path: path}); got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
	if got := get(m, Request{Method: "DELETE", Path: "/users/7/edit"}); got != "405 GET,HEAD" {
		t.Errorf("DELETE: %s", got)
	}
}

// Neither routing nor what a handler does with a path may see a dot segment, in
// whatever disguise (echo GHSA-vfp3-v2gw-7wfq).
func TestDotSegmentsMatchNothing(t *testing.T) {
	m := mustMap(t, Config{}, "/<path:p>", "/static/<path:p>", "/u/<name>", "/x.<y>", "/t/<path:p>.txt", "/t/<path:p>/<name>")
	for _, path := range []string{
		"/.", "/..", "/./", "/../", "/a/..", "/a/.", "/a/../b", "/static/../x", "/static/..%2Fx", "/static/%2e%2e/x",
		"/static/.%2E/x", "/static/%2e/x", "/u/..", "/u/%2e%2e", "/static/a%2F..%2Fb", "/static/a%2f%2e%2e", "//../x", "/t/a/..", "/t/../a", "/t/a%2F..",
	} {
		if got := get(m, Request{Path: path}); got != "404" {
			t.Errorf("%s: %s, want 404", path, got)
		}
	}
	if got := get(m, Request{Path: "/t/a/...txt"}); got != "/t/<path:p>/<name> p=a name=...txt" {
		t.Errorf("a dot segment before the rule's own text: %s", got)
	}
	for _, path := range []string{"/...", "/a..b", "/..a", "/a/.well-known/x", "/static/..x/y..", "/x..."} {
		if got := get(m, Request{Path: path}); got == "404" {
			t.Errorf("%s: %s, want a match", path, got)
		}
	}
}

func TestRedirects(t *testing.T) {
	m := mustMap(t, Config{}, "/a/", "/a/b/", "/<x>/", "/p/q/<path:p>", "/<x>/c")
	for path, want := range map[string]string{
		"/a":          "→ /in/a/?q=%201",
		"/a/b":        "→ /in/a/b/?q=%201",
		"//a":         "→ /in/a/?q=%201", // never //a, which is a host
		"///evil.com": "→ /in/evil.com/?q=%201",
		"/\\evil.com": "→ /in/%5Cevil.com/?q=%201",
		"/a b":        "→ /in/a%20b/?q=%201",
		"/a%20b":      "→ /in/a%20b/?q=%201",
		"/\xff\r\n":   "→ /in/%FF%0D%0A/?q=%201",
		"/a//b":       "→ /in/a/b/?q=%201",
		"/a///b//":    "→ /in/a/b/?q=%201",
		"/p//q/a//b":  "→ /in/p/q/a//b?q=%201", // merged in the static part alone
		"/p/q/a//b":   "/p/q/<path:p> p=a//b",
		"/z//c":       "→ /in/z/c?q=%201",
	} {
		if got := get(m, Request{Root: "/in", Path: path, Query: "q=%201"}); got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
	if got := get(m, Request{Path: "/a", Query: "a=\"\r\n<é>#"}); got != "→ /a/?a=%22%0D%0A%3C%C3%A9%3E%23" {
		t.Errorf("query: %s", got)
	}
}

func TestSlashOptions(t *testing.T) {
	loose := mustMap(t, Config{LooseSlashes: true}, "/branch/", "/leaf", "/v/<x>")
	for path, want := range map[string]string{
		"/branch": "/branch/", "/branch/": "/branch/", "/leaf": "/leaf", "/leaf/": "/leaf", "/v/a/": "/v/<x> x=a", "/leaf//": "→ /leaf/",
	} {
		if got := get(loose, Request{Path: path}); got != want {
			t.Errorf("loose %s: %s, want %s", path, got, want)
		}
	}
	m, err := New(Config{KeepSlashes: true}, &Rule{Pattern: "/a//b", Endpoint: "double"}, &Rule{Pattern: "/c/d", Endpoint: "merged", MergeSlashes: On},
		&Rule{Pattern: "/e/", Endpoint: "loose", StrictSlashes: Off}, &Rule{Pattern: "/f/g", Endpoint: "kept"})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/a//b": "double", "/a/b": "404", "/c//d": "→ /c/d", "/e": "loose", "/f//g": "404",
	} {
		if got := get(m, Request{Path: path}); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestRedirectTo(t *testing.T) {
	m, err := New(Config{},
		&Rule{Pattern: "/old/<int(fixed_digits=3):id>/<name>", RedirectTo: "/new/<id>?n=<name>"},
		&Rule{Pattern: "/out/<path:p>", RedirectTo: "https://example.org/<p>"},
		&Rule{Pattern: "/open/<path:p>", RedirectTo: "<p>"},
		&Rule{Pattern: "/func/<int:id>", RedirectFunc: func(args []Param) string { return "/f/" + args[0].Text }},
		&Rule{Pattern: "/at/<path:p>", RedirectTo: "https://<p>.example.org/x"},
		&Rule{Pattern: "/next/<p>", RedirectTo: "/login?next=https://example.org/<p>"},
	)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/old/007/a%20b":         "→ /in/new/007?n=a%20b",
		"/out/a/b":               "→ https://example.org/a/b",
		"/open/http://evil.com/": "→ /in/http://evil.com/", // the client cannot choose the host
		"/open/evil.com":         "→ /in/evil.com",
		"/func/7":                "→ /in/f/7",
		"/at/a.b-1":              "→ https://a.b-1.example.org/x",
		"/at/evil.com/":          "404", // a slash would end the host
		"/at/evil.com%23":        "404",
		"/at/a@evil.com":         "404",
		"/next/a":                "→ /in/login?next=https://example.org/a",
	} {
		if got := get(m, Request{Root: "/in", Path: path}); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestRedirectMistakes(t *testing.T) {
	for to, want := range map[string]string{
		"/u/<nam>":                  "has no variable <nam>",
		"/u/<name":                  "lacks a >",
		"/u/<other>/<name>":         "has no variable <other>",
		"https://<name>":            "a client chooses the host",
		"//<name>/x":                "a client chooses the host",
		"https://<name>./":          "a client chooses the host",
		"https://<name>:80/":        "a client chooses the host",
		"https://example.org<name>": "a client chooses the host",
		"https://<name>.a.org":      "",
		"https://a.org/?<name>":     "",
	} {
		_, err := New(Config{}, &Rule{Pattern: "/<name>", RedirectTo: to})
		if got := fmt.Sprint(err); want == "" && err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %q", to, got, want)
		}
	}
}

// A value in the host of a URL makes no other host of it.
func TestBuildOfHosts(t *testing.T) {
	sub, err := New(Config{ServerName: "example.com"}, &Rule{Pattern: "/", Endpoint: "user", Subdomain: "<name>"})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := New(Config{HostMatching: true}, &Rule{Pattern: "/", Endpoint: "user", Host: "<name>"})
	if err != nil {
		t.Fatal(err)
	}
	for name, ok := range map[string][2]bool{ // as a subdomain, and as a host
		"ada": {true, true}, "a.b-c_1": {true, true}, "localhost:5000": {false, true}, "[::1]:5000": {false, true},
		"evil.com/": {}, "evil.com#": {}, "evil.com?": {}, "a@evil.com": {}, "a b": {}, "evil.com\\": {}, "ü": {}, "": {},
	} {
		for i, m := range []*Map{sub, whole} {
			got, err := m.Build(&Request{Scheme: "http", Host: "x.org"}, "user", []Value{{"name", name}}, Options{External: true})
			if (err == nil) != ok[i] {
				t.Errorf("%q: %s, %v", name, got, err)
			}
		}
	}
}

func TestHosts(t *testing.T) {
	sub, err := New(Config{ServerName: "Example.com"}, &Rule{Pattern: "/", Endpoint: "bare"},
		&Rule{Pattern: "/", Endpoint: "user", Subdomain: "<name>"}, &Rule{Pattern: "/", Endpoint: "api", Subdomain: "API.v1"},
		&Rule{Pattern: "/<x>/", Endpoint: "moved", Subdomain: "<any(m, n):s>"})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{
		"example.com": "bare", "EXAMPLE.com:80": "bare", "example.com:8080": "bare", "ada.example.com": "user name=ada",
		"Ada.example.com": "user name=ada", "api.v1.example.com": "api", "127.0.0.1:5000": "bare", "[::1]:5000": "bare", "other.org": "bare", "": "bare",
	} {
		if got := get(sub, Request{Scheme: "http", Host: host, Path: "/"}); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
	if got := get(sub, Request{Scheme: "http", Host: "m.example.com", Path: "/y"}); got != "→ /y/" {
		t.Errorf("redirect below a subdomain: %s", got)
	}
	for _, bad := range []*Rule{{Pattern: "/", Host: "a.com"}, {Pattern: "/", Subdomain: "a/b"}} {
		if _, err := New(Config{}, bad); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
	if _, err := New(Config{HostMatching: true}, &Rule{Pattern: "/", Subdomain: "a"}); err == nil {
		t.Error("a subdomain with host matching is accepted")
	}
}

func TestWebSocket(t *testing.T) {
	m, err := New(Config{}, &Rule{Pattern: "/chat", Endpoint: "page"}, &Rule{Pattern: "/chat", Endpoint: "socket", WebSocket: true},
		&Rule{Pattern: "/ws", Endpoint: "only", WebSocket: true}, &Rule{Pattern: "/http", Endpoint: "plain"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path   string
		socket bool
		want   string
	}{
		{"/chat", false, "page"}, {"/chat", true, "socket"}, {"/ws", true, "only"}, {"/ws", false, "400"}, {"/http", true, "plain"}, {"/none", true, "404"},
	} {
		r := Request{Path: test.path}
		if test.socket {
			r.Header.Add("Upgrade", "WebSocket")
			r.Header.Add("Connection", "keep-alive, Upgrade")
		}
		if got := get(m, r); got != test.want {
			t.Errorf("%s (%v): %s, want %s", test.path, test.socket, got, test.want)
		}
	}
	for scheme, want := range map[string]string{"http": "ws://h/ws", "https": "wss://h/ws"} {
		if got, err := m.Build(&Request{Scheme: scheme, Host: "h"}, "only", nil, Options{}); got != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
	if _, err := New(Config{}, &Rule{Pattern: "/", Methods: []string{"POST"}, WebSocket: true}); err == nil {
		t.Error("WebSocket by POST is accepted")
	}
}

// What asks for an upgrade to WebSocket: RFC 9110 §7.8, RFC 6455 §4.2.1.
func TestAsksForWebSocket(t *testing.T) {
	m, err := New(Config{}, &Rule{Pattern: "/ws", Endpoint: "socket", WebSocket: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		method, proto, upgrade, connection string
		want                               int // status
	}{
		{"GET", "HTTP/1.1", "websocket", "Upgrade", 0},
		{"GET", "", "WebSocket", "keep-alive, UPGRADE", 0},
		{"GET", "HTTP/1.1", "h2c, websocket", "Upgrade", 0},
		{"GET", "HTTP/1.1", "websocket", "", 400},
		{"GET", "HTTP/1.1", "websocket", "keep-alive", 400},
		{"GET", "HTTP/1.0", "websocket", "Upgrade", 400},
		{"GET", "HTTP/1.1", "h2c", "Upgrade", 400},
		{"GET", "HTTP/1.1", "", "Upgrade", 400},
		{"POST", "HTTP/1.1", "websocket", "Upgrade", 400},
	} {
		r := Request{Method: test.method, Proto: test.proto, Path: "/ws"}
		r.Header.Add("Upgrade", test.upgrade)
		r.Header.Add("Connection", test.connection)
		var match Match
		if m.Match(&r, &match); match.Status != test.want {
			t.Errorf("%+v: %d", test, match.Status)
		}
	}
}

type stringer struct{}

func (stringer) String() string { return "str ing" }

func TestBuild(t *testing.T) {
	m := mustMap(t, Config{Converters: converters, ServerName: "example.com"},
		"/n/<int(fixed_digits=3):n>", "/f/<float:f>", "/signed/<int(fixed_digits=3, signed=True):n>", "/on/<date:day>", "/s/<s>", "/p/<path:p>", "/u/<uuid:u>", "/", "/q", "POST /post", "/abs<path:p>")
	name := "named"
	for _, test := range []struct {
		endpoint string
		values   []Value
		want     string // a URL, or part of an error
	}{
		{"/n/<int(fixed_digits=3):n>", []Value{{"n", uint8(7)}}, "/in/n/007"},
		{"/n/<int(fixed_digits=3):n>", []Value{{"n", 7.0}}, "/in/n/007"},
		{"/signed/<int(fixed_digits=3, signed=True):n>", []Value{{"n", -4}}, "/in/signed/-04"},
		{"/n/<int(fixed_digits=3):n>", []Value{{"n", 7.5}}, "not a whole number"},
		{"/n/<int(fixed_digits=3):n>", []Value{{"n", nil}}, "also needs n"},
		{"/f/<float:f>", []Value{{"f", 1e21}}, "/in/f/1000000000000000000000.0"},
		{"/f/<float:f>", []Value{{"f", "NaN"}}, "not a finite number"},
		{"/on/<date:day>", []Value{{"day", time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)}}, "/in/on/2024-02-29"},
		{"/on/<date:day>", []Value{{"day", "x"}}, "string is no time.Time"},
		{"/s/<s>", []Value{{"s", stringer{}}}, "/in/s/str%20ing"},
		{"/s/<s>", []Value{{"s", &name}}, "/in/s/named"},
		{"/s/<s>", []Value{{"s", time.Second}}, "/in/s/1s"},
		{"/s/<s>", []Value{{"s", net.IPv4(1, 2, 3, 4)}}, "/in/s/1.2.3.4"},
		{"/q", []Value{{"ip", net.IPv4(1, 2, 3, 4)}, {"b", []byte("by")}, {"a", [2]int{1, 2}}, {"ok", true}}, "/in/q?ip=1.2.3.4&b=by&a=1&a=2&ok=True"},
		{"/q", []Value{{"p", (*string)(nil)}, {"l", []any{nil, 1}}}, "/in/q?l=1"},
		{"/p/<path:p>", []Value{{"p", "//evil"}}, "/in/p///evil"},
		{"/u/<uuid:u>", []Value{{"u", "x"}}, "not a UUID"},
		{"/q", []Value{{"\r\n", "\r\n"}}, "/in/q?%0D%0A=%0D%0A"},
		{"/s/<s>", []Value{{"s", "\r\n?#%"}}, "/in/s/%0D%0A%3F%23%25"},
		{"/qq", nil, `did you mean "/q"`},
		{"entirely-different", nil, "does not exist"},
	} {
		got, err := m.Build(&Request{Method: "GET", Scheme: "http", Host: "example.com", Root: "/in"}, test.endpoint, test.values, Options{})
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, test.want) || err == nil && got != test.want {
			t.Errorf("%s %v: %s, want %s", test.endpoint, test.values, got, test.want)
		}
	}
	if got, err := m.Build(&Request{}, "POST /post", nil, Options{}); got != "/post" {
		t.Errorf("a rule without GET: %s, %v", got, err)
	}
	if _, err := m.Build(&Request{}, "POST /post", nil, Options{Method: "PUT"}); err == nil || !strings.Contains(err.Error(), "does not take PUT") {
		t.Errorf("a rule without PUT: %v", err)
	}
	if got, _ := m.Build(&Request{}, "/q", nil, Options{External: true, Scheme: "https"}); got != "https://example.com/q" {
		t.Errorf("outside a request: %s", got)
	}
}

func TestDefaultsThatContradictAreNamed(t *testing.T) {
	m, _ := New(Config{}, &Rule{Pattern: "/a", Endpoint: "a", Defaults: []Value{{"n", 1}}})
	_, err := m.Build(&Request{}, "a", []Value{{"n", 2}}, Options{})
	var b *BuildError
	if !errors.As(err, &b) || !strings.Contains(err.Error(), "differs from the default") {
		t.Errorf("%v", err)
	}
	if got, err := m.Build(&Request{}, "a", []Value{{"n", int64(1)}}, Options{}); got != "/a" {
		t.Errorf("numbers compare by value: %s, %v", got, err)
	}
}

func TestIntrospection(t *testing.T) {
	m := mustMap(t, Config{}, "GET /a/<int:n>", "/b")
	var got []string
	for r := range m.Rules() {
		got = append(got, fmt.Sprint(r, r.Allowed(), r.Names()))
	}
	if want := []string{"GET /a/<int:n> [GET HEAD] [n]", "/b [] []"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Several variables in a segment are the one place where a naive matcher takes
// exponential time.
func TestHostileSegmentsStayLinear(t *testing.T) {
	m := mustMap(t, Config{}, "/<a>-<b>-<c>-<d>-<e>-<int:f>", "/<path:a>/x/<path:b>/x/<path:c>/x/<int:d>")
	for _, path := range []string{"/" + strings.Repeat("-", 8000), "/" + strings.Repeat("x/", 4000)} {
		if got := get(m, Request{Path: path}); got != "404" {
			t.Errorf("%.10s…: %s", path, got)
		}
	}
}
