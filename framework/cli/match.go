package cli

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/routing"
)

// explain prints what the rules make of a request. That nobody answers is an error.
func (p *program) explain(app *framework.App, l listing) error {
	r, err := request(l.match, app.ServerName)
	if err != nil {
		return err
	}
	e := app.Router().Explain(r)
	if l.json {
		return p.printJSON(explanationOf(e))
	}
	fmt.Fprintf(p.stdout, "%s: %s\n\n", l.match, verdict(e))
	table := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	endpoints := endpointsOf(app)
	others := 0
	for _, c := range e.Candidates {
		if !c.Fits && c.Depth == 0 && e.Candidates[0].Rule != c.Rule {
			others++ // its first segment is another one already
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", mark(c), endpoints[c.Rule], methods(c.Rule, false), c.Rule.Pattern, c.Rule.Source, c.Reason)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	switch others {
	case 0:
	case 1:
		fmt.Fprintln(p.stdout, "  and a rule that begins otherwise")
	default:
		fmt.Fprintf(p.stdout, "  and %d rules that begin otherwise\n", others)
	}
	if e.Status >= 400 {
		return fmt.Errorf("routes: nothing answers %s", l.match)
	}
	return nil
}

// mark tells at a glance: > answers, + would answer if it stood alone.
func mark(c routing.Candidate) string {
	switch {
	case c.Chosen:
		return ">"
	case c.Fits:
		return "+"
	}
	return " "
}

// verdict is what becomes of the request, in one line.
func verdict(e *routing.Explanation) string {
	switch {
	case e.Status == 0:
		text := "answered by " + e.Rule.Pattern
		for i := range e.Params {
			text += fmt.Sprintf(", %s = %q", e.Params[i].Name, e.Params[i].Text)
		}
		return text
	case e.Status == 308:
		return "308, redirected to " + e.Location
	case e.Allow != nil:
		return fmt.Sprintf("%d, allowed are %s", e.Status, strings.Join(e.Allow, ", "))
	case e.Reason != "":
		return fmt.Sprintf("%d: %s", e.Status, e.Reason)
	}
	return fmt.Sprint(e.Status)
}

func endpointsOf(app *framework.App) map[*routing.Rule]string {
	names := map[*routing.Rule]string{}
	for _, r := range app.Routes() {
		names[r.Rule] = r.Endpoint
	}
	return names
}

// request reads "METHOD target", whose method may be left out, and whose target is a path
// with its query or an absolute URL.
func request(text, serverName string) (*routing.Request, error) {
	method, target, ok := strings.Cut(strings.TrimSpace(text), " ")
	if !ok {
		method, target = "GET", method
	}
	target = strings.TrimSpace(target)
	u := &url.URL{}
	if !strings.HasPrefix(target, "/") {
		var err error
		if u, err = url.Parse(target); err != nil || u.Host == "" {
			return nil, fmt.Errorf("routes: --match is %q, and wants a request such as \"GET /notes/7\"", text)
		}
		target = u.RequestURI()
	}
	path, query, _ := strings.Cut(target, "?")
	return &routing.Request{
		Method: strings.ToUpper(method), Scheme: cmp.Or(u.Scheme, "http"), Host: cmp.Or(u.Host, serverName, "localhost"),
		Path: path, Query: query,
	}, nil
}

// An explanation is one as JSON.
type explanation struct {
	Status     int               `json:"status"` // 0: a rule answers
	Location   string            `json:"location,omitempty"`
	Allow      []string          `json:"allow,omitempty"`
	Variables  map[string]string `json:"variables,omitempty"`
	Candidates []candidate       `json:"candidates"`
}

type candidate struct {
	Rule    string   `json:"rule"`
	Methods []string `json:"methods"` // null: every one
	Source  string   `json:"source"`
	Chosen  bool     `json:"chosen"`
	Fits    bool     `json:"fits"`
	Reason  string   `json:"reason"`
}

func explanationOf(e *routing.Explanation) explanation {
	j := explanation{Status: e.Status, Location: e.Location, Allow: e.Allow, Candidates: []candidate{}}
	for i := range e.Params {
		if j.Variables == nil {
			j.Variables = map[string]string{}
		}
		j.Variables[e.Params[i].Name] = e.Params[i].Text
	}
	for _, c := range e.Candidates {
		j.Candidates = append(j.Candidates, candidate{c.Rule.Pattern, c.Rule.Allowed(), c.Rule.Source, c.Chosen, c.Fits, c.Reason})
	}
	return j
}
