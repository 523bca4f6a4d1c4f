package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/routing"
)

// A listing is what routes is asked for.
type listing struct {
	order      string
	allMethods bool
	around     bool
	json       bool
	match      string
}

// orders are those of routes --sort, as Flask has them.
var orders = []string{"endpoint", "methods", "rule", "match", "declaration"}

// routes lists the rules, or explains what they make of a request.
func (p *program) routes() *cobra.Command {
	l := listing{order: "endpoint"}
	cmd := &cobra.Command{
		Use:   "routes",
		Short: "List the routes, or explain which of them answers a request",
		Example: fmt.Sprintf("  %[1]s routes --sort rule\n  %[1]s routes --match \"GET /notes/7\"\n  %[1]s routes --match \"POST http://api.example.com/notes\"",
			p.name()),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			app, err := p.frozen()
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("match") {
				return p.explain(app, l)
			}
			return p.list(app, l)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&l.order, "sort", l.order, "`order`: "+strings.Join(orders, ", ")+"; match is that in which rules are tried")
	flags.BoolVar(&l.allMethods, "all-methods", false, "show HEAD and OPTIONS where they are answered by themselves, too")
	flags.BoolVar(&l.around, "middleware", false, "show what surrounds each handler, in the order in which it runs")
	flags.BoolVar(&l.json, "json", false, "as JSON, with everything that is known")
	flags.StringVar(&l.match, "match", "", "explain which rule answers this `request`, such as \"GET /notes/7\", and why")
	_ = cmd.RegisterFlagCompletionFunc("sort", cobra.FixedCompletions(orders, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	return cmd
}

func (p *program) list(app *framework.App, l listing) error {
	routes, err := sorted(app, l)
	if err != nil {
		return err
	}
	if l.json {
		list := make([]route, len(routes))
		for i, r := range routes {
			list[i] = describe(r)
		}
		return p.printJSON(list)
	}
	hosts := slices.ContainsFunc(routes, func(r framework.RouteInfo) bool { return host(r.Rule) != "" })
	table := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	columns := []string{"ENDPOINT", "METHODS", "RULE"}
	if hosts {
		columns = append(columns, "HOST")
	}
	if l.around {
		columns = append(columns, "AROUND")
	}
	fmt.Fprintln(table, strings.Join(columns, "\t"))
	for _, r := range routes {
		cells := []string{r.Endpoint, methods(r.Rule, l.allMethods), r.Rule.Pattern}
		if hosts {
			cells = append(cells, host(r.Rule))
		}
		if l.around {
			cells = append(cells, strings.Join(around(r), " "))
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	return table.Flush()
}

// sorted are the routes in the order that is asked for, those that are alike in it in that
// of declaration.
func sorted(app *framework.App, l listing) ([]framework.RouteInfo, error) {
	routes := slices.Clone(app.Routes())
	key := map[string]func(framework.RouteInfo) string{
		"endpoint": func(r framework.RouteInfo) string { return r.Endpoint },
		"methods":  func(r framework.RouteInfo) string { return methods(r.Rule, l.allMethods) },
		"rule":     func(r framework.RouteInfo) string { return r.Rule.Pattern },
	}[l.order]
	switch {
	case key != nil:
		slices.SortStableFunc(routes, func(a, b framework.RouteInfo) int { return cmp.Compare(key(a), key(b)) })
	case l.order == "match":
		place := map[*routing.Rule]int{}
		for i, rule := range app.Router().Precedence() {
			place[rule] = i
		}
		slices.SortFunc(routes, func(a, b framework.RouteInfo) int { return cmp.Compare(place[a.Rule], place[b.Rule]) })
	case l.order != "declaration":
		return nil, fmt.Errorf("routes: --sort is %q, and knows %s", l.order, strings.Join(orders, ", "))
	}
	return routes, nil
}

// methods are those of a rule, any where it takes every one.
func methods(r *routing.Rule, all bool) string {
	list := r.Allowed()
	switch {
	case list == nil:
		return "any"
	case !all:
		list = r.Methods
	case r.AutomaticOptions && !slices.Contains(list, "OPTIONS"):
		list = append(slices.Clone(list), "OPTIONS")
	}
	return strings.Join(list, ", ")
}

// host is where a rule stands, "" where that is everywhere.
func host(r *routing.Rule) string {
	if r.Subdomain != "" {
		return r.Subdomain + "."
	}
	return r.Host
}

// around is what surrounds the handler: middleware and decorators, hooks before and
// after it.
func around(r framework.RouteInfo) []string {
	list := slices.Clone(r.Middleware)
	for _, hook := range r.Before {
		list = append(list, "before:"+hook)
	}
	for _, hook := range r.After {
		list = append(list, "after:"+hook)
	}
	return list
}

// A route is one as JSON.
type route struct {
	Endpoint   string   `json:"endpoint"`
	Methods    []string `json:"methods"` // null: every one
	Rule       string   `json:"rule"`
	Host       string   `json:"host,omitempty"`
	Subdomain  string   `json:"subdomain,omitempty"`
	Blueprint  string   `json:"blueprint,omitempty"`
	Function   string   `json:"function,omitempty"`
	Source     string   `json:"source"`
	Middleware []string `json:"middleware,omitempty"`
	Before     []string `json:"before,omitempty"`
	After      []string `json:"after,omitempty"`
}

func describe(r framework.RouteInfo) route {
	return route{
		Endpoint: r.Endpoint, Methods: r.Rule.Allowed(), Rule: r.Rule.Pattern, Host: r.Rule.Host, Subdomain: r.Rule.Subdomain,
		Blueprint: r.Blueprint, Function: r.Function, Source: r.Source, Middleware: r.Middleware, Before: r.Before, After: r.After,
	}
}
