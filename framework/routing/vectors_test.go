package routing

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// vectorFile is a file of test vectors, in $DEWAR_VECTORS or beside the package.
func vectorFile(name string) string {
	return filepath.Join(cmp.Or(os.Getenv("DEWAR_VECTORS"), filepath.Join("..", "testdata", "vectors")), name)
}

type vector struct {
	ID, Category string
	Rules        []struct {
		Rule, Endpoint, Subdomain, Host string
		Methods                         []string
		Defaults                        map[string]any
		Alias                           bool
		StrictSlashes                   *bool  `json:"strict_slashes"`
		MergeSlashes                    *bool  `json:"merge_slashes"`
		RedirectTo                      string `json:"redirect_to"`
		BuildOnly                       bool   `json:"build_only"`
	}
	Options struct {
		StrictSlashes    *bool  `json:"strict_slashes"`
		MergeSlashes     *bool  `json:"merge_slashes"`
		RedirectDefaults *bool  `json:"redirect_defaults"`
		HostMatching     bool   `json:"host_matching"`
		SortParameters   bool   `json:"sort_parameters"`
		DefaultSubdomain string `json:"default_subdomain"`
	}
	ServerName       string `json:"server_name"`
	AutomaticOptions bool   `json:"automatic_options"`
	Requests         []struct {
		Method, Path, Host string
		Expect             answer
		ExpectLater        *answer `json:"expect_later"`
	}
	Builds []struct {
		Endpoint, Method, Host, Subdomain string
		Values                            ordered
		External                          bool
		AppendUnknown                     *bool `json:"append_unknown"`
		Expect                            answer
		ExpectLater                       *answer `json:"expect_later"`
	}
}

type answer struct {
	Endpoint, Redirect, URL, Error string
	Args                           map[string]any
	Code, Status                   int
	Allow                          []string
}

// ordered are values in the order in which the file has them.
type ordered []Value

func (o *ordered) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var v any
		if err := d.Decode(&v); err != nil {
			return err
		}
		*o = append(*o, Value{name.(string), number(v)})
	}
	return nil
}

// number turns JSON's numbers into int or float64, as they are written.
func number(v any) any {
	n, ok := v.(json.Number)
	if !ok {
		return v
	}
	if i, err := n.Int64(); err == nil {
		return int(i)
	}
	f, _ := n.Float64()
	return f
}

// exceptions are the answers that differ from Werkzeug's on purpose, by vector and
// request; docs/routing-exceptions.md gives the reasons.
var exceptions = map[string]answer{
	"priority-0a2924a4f0 GET /5":          {Endpoint: "any", Args: map[string]any{"n": 5}},
	"priority-c29b522dc3 GET /50":         {Endpoint: "name", Args: map[string]any{"name": "50"}},
	"encoding-ce66531104 GET /x/..%2Fetc": {Status: 404},
	"encoding-ce66531104 GET /x/../y":     {Status: 404},
	"encoding-ce66531104 GET /x/./y":      {Status: 404},
	"mixed-690fb4b49d GET /..":            {Status: 404},
	"static-b8dcf2d9c0 GET /dot/./no":     {Status: 404},
	"static-b8dcf2d9c0 rules":             {Error: "has a dot segment"},
	"static-24adc69dda rules":             {Error: "is a duplicate"},
}

func TestVectors(t *testing.T) {
	f, err := os.Open(vectorFile("routing.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	passed, total, listed := map[string]int{}, map[string]int{}, 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		d := json.NewDecoder(strings.NewReader(lines.Text()))
		d.UseNumber()
		var v vector
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		m, err := v.compile()
		if ex, ok := exceptions[v.ID+" rules"]; ok {
			listed++
			if err == nil || !strings.Contains(err.Error(), ex.Error) {
				t.Errorf("%s: rules gave %v, want an error that says %q", v.ID, err, ex.Error)
			}
		} else if err != nil {
			t.Errorf("%s: %v", v.ID, err)
		}
		check := func(name string, got answer, want answer, later *answer) {
			total[v.Category]++
			if ex, ok := exceptions[v.ID+" "+name]; ok {
				listed++
				want, later = ex, nil
			}
			if !agrees(got, want) && (later == nil || !agrees(got, *later)) {
				t.Errorf("%s: %s gave %+v, want %+v", v.ID, name, got, want)
				return
			}
			passed[v.Category]++
		}
		for _, r := range v.Requests {
			check(r.Method+" "+r.Path, v.ask(m, r.Method, r.Host, r.Path), r.Expect, r.ExpectLater)
		}
		for _, b := range v.Builds {
			r := &Request{Method: "GET", Scheme: "http", Host: cmp.Or(b.Host, v.hostOf(b.Subdomain))}
			o := Options{Method: b.Method, External: b.External, DropUnknown: b.AppendUnknown != nil && !*b.AppendUnknown}
			url, err := m.Build(r, b.Endpoint, b.Values, o)
			check(fmt.Sprint("build ", b.Endpoint, b.Values), answer{URL: url, Error: errorKind(err)}, b.Expect, b.ExpectLater)
		}
	}
	sum, all := 0, 0
	for _, category := range sortedKeys(total) {
		t.Logf("%-16s %3d/%3d", category, passed[category], total[category])
		sum, all = sum+passed[category], all+total[category]
	}
	fmt.Printf("routing.jsonl: %d/%d (%d answers differ on purpose, see docs/routing-exceptions.md)\n", sum, all, listed)
}

func (v *vector) hostOf(subdomain string) string {
	server := cmp.Or(v.ServerName, "example.com")
	if subdomain == "" {
		return server
	}
	return subdomain + "." + server
}

func off(b *bool) bool { return b != nil && !*b }

func option(b *bool) Option {
	switch {
	case b == nil:
		return Default
	case *b:
		return On
	}
	return Off
}

func (v *vector) compile() (*Map, error) {
	c := Config{
		LooseSlashes: off(v.Options.StrictSlashes), KeepSlashes: off(v.Options.MergeSlashes),
		KeepDefaults: off(v.Options.RedirectDefaults), HostMatching: v.Options.HostMatching,
		SortParameters: v.Options.SortParameters, DefaultSubdomain: v.Options.DefaultSubdomain,
		ServerName: v.ServerName,
	}
	var rules []*Rule
	for _, r := range v.Rules {
		rule := &Rule{
			Pattern: r.Rule, Endpoint: r.Endpoint, Methods: r.Methods, Subdomain: r.Subdomain, Host: r.Host,
			StrictSlashes: option(r.StrictSlashes), MergeSlashes: option(r.MergeSlashes),
			Alias: r.Alias, BuildOnly: r.BuildOnly, RedirectTo: r.RedirectTo,
		}
		for _, name := range sortedKeys(r.Defaults) {
			rule.Defaults = append(rule.Defaults, Value{name, number(r.Defaults[name])})
		}
		if v.AutomaticOptions {
			rule.AutomaticOptions = true
			if rule.Methods == nil {
				rule.Methods = []string{"GET"}
			}
		}
		rules = append(rules, rule)
	}
	return New(c, rules...)
}

// ask matches one request and gives the answer in the file's terms: redirects
// absolute, as a client resolves them.
func (v *vector) ask(m *Map, method, host, target string) answer {
	path, query, _ := strings.Cut(target, "?")
	r := &Request{Method: method, Scheme: "http", Host: cmp.Or(host, "example.com"), Path: path, Query: query}
	var got Match
	m.Match(r, &got)
	switch {
	case got.Status == 308:
		location := got.Location
		if strings.HasPrefix(location, "/") {
			location = "http://" + strings.ToLower(r.Host) + location
		}
		return answer{Redirect: location, Code: 308}
	case got.Options && method == "OPTIONS":
		return answer{Status: 200, Allow: got.Allow}
	case got.Status != 0:
		return answer{Status: got.Status, Allow: got.Allow}
	case v.AutomaticOptions && method == "HEAD":
		return answer{Status: 200}
	}
	a := answer{Endpoint: got.Rule.Endpoint, Args: map[string]any{}}
	for i := range got.Params {
		a.Args[got.Params[i].Name] = got.Params[i].Value()
	}
	return a
}

func errorKind(err error) string {
	var v *ValueError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &v):
		return "value"
	}
	return "build"
}

func agrees(got, want answer) bool {
	for name, v := range want.Args {
		want.Args[name] = number(v)
	}
	return got.Endpoint == want.Endpoint && got.Redirect == want.Redirect && got.URL == want.URL && got.Error == want.Error &&
		got.Code == want.Code && got.Status == want.Status && slices.Equal(got.Allow, want.Allow) &&
		(len(got.Args) == 0 && len(want.Args) == 0 || reflect.DeepEqual(got.Args, want.Args))
}
