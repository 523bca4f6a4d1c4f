package debug

import (
	"fmt"
	"os"
	"strings"
)

func editor() string { return os.Getenv("DEWAR_EDITOR") }

// Text is the failure for a terminal, a mail or an issue.
func (f *Failure) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s %s\n", f.Title, f.Method, f.URL)
	if f.Rule != "" {
		fmt.Fprintf(&b, "route %s, endpoint %s, declared at %s\n", f.Rule, f.Endpoint, f.Declared)
	}
	if f.Stage != "" {
		fmt.Fprintf(&b, "returned by %s\n", f.Stage)
	}
	b.WriteString("\nErrors, outer ones first:\n")
	for _, l := range f.Chain {
		indent := strings.Repeat("  ", l.Depth+1)
		fmt.Fprintf(&b, "%s%s: %s\n", indent, l.Type, strings.ReplaceAll(l.Message, "\n", "\n"+indent+"    "))
	}
	if f.Template != nil {
		fmt.Fprintf(&b, "\nTemplate:\n")
		f.Template.write(&b)
	}
	if f.Handler != nil {
		fmt.Fprintf(&b, "\nHandler:\n")
		f.Handler.write(&b)
	}
	if len(f.Frames) > 0 {
		b.WriteString("\nStack, innermost call first:\n")
	}
	for _, frame := range f.Frames {
		fmt.Fprintf(&b, "  %s\n      %s:%d\n", frame.Short, frame.Name, frame.Line)
	}
	for _, t := range []table{{"Parameters", f.Params}, {"Query", f.Query}, {"Form", f.Form}, {"Header", f.Header}, {"Session", f.Session}, {"Settings", f.Config}} {
		if len(t.Pairs) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s:\n", t.Title)
		for _, p := range t.Pairs {
			fmt.Fprintf(&b, "  %s = %s\n", p.Name, p.Value)
		}
	}
	return b.String()
}

// write gives the place and its lines, with a mark at the one that is meant.
func (s *Source) write(b *strings.Builder) {
	fmt.Fprintf(b, "  %s:%d\n", s.Name, s.Line)
	for _, l := range s.Lines {
		mark := " "
		if l.Here {
			mark = ">"
		}
		fmt.Fprintf(b, "  %s %4d  %s\n", mark, l.Number, l.Text)
	}
}

// Text is the report for a terminal, or a client that shows no pages.
func (r *Report) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Title)
	if r.Command != "" {
		fmt.Fprintf(&b, "$ %s\n", r.Command)
	}
	for _, f := range r.Finds {
		fmt.Fprintf(&b, "\n%s\n", f.Message)
		f.Source.write(&b)
	}
	if len(r.Finds) == 0 && r.Output != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimRight(r.Output, "\n"))
	}
	if r.Note != "" {
		fmt.Fprintf(&b, "\n%s\n", r.Note)
	}
	return b.String()
}
