package routing

import (
	"fmt"
	"slices"
	"strings"
)

// A BuildError says that no rule of the endpoint can be built from the values.
type BuildError struct {
	Endpoint string
	Method   string
	Given    []string // names of the values
	Missing  []string // of the rule that came nearest; empty where nothing is missing
	Rule     *Rule    // that rule; nil where the endpoint is unknown
	Nearest  string   // where the endpoint is unknown: the known one most like it, or ""
}

// Error says what is missing, or which endpoint may have been meant.
func (e *BuildError) Error() string {
	s := fmt.Sprintf("routing: no URL for endpoint %q", e.Endpoint)
	switch {
	case e.Rule == nil && e.Nearest != "":
		return s + fmt.Sprintf(", which does not exist; did you mean %q?", e.Nearest)
	case e.Rule == nil:
		return s + ", which does not exist"
	case len(e.Missing) > 0:
		return s + fmt.Sprintf(": rule %q also needs %s", e.Rule.Pattern, strings.Join(e.Missing, ", "))
	case e.Method != "" && !e.Rule.allows(e.Method):
		return s + fmt.Sprintf(": rule %q does not take %s", e.Rule.Pattern, e.Method)
	}
	return s + fmt.Sprintf(": a value differs from the default that rule %q has for it", e.Rule.Pattern)
}

// A ValueError says that a converter refuses a value.
type ValueError struct {
	Endpoint string
	Rule     *Rule
	Name     string
	Value    any
	Err      error
}

// Error names the variable and the converter's reason.
func (e *ValueError) Error() string {
	return fmt.Sprintf("routing: no URL for endpoint %q: <%s> of rule %q: %v", e.Endpoint, e.Name, e.Rule.Pattern, e.Err)
}

// Unwrap returns the converter's error.
func (e *ValueError) Unwrap() error { return e.Err }

// buildError explains why nothing could be built.
func (m *Map) buildError(endpoint string, values []Value, method string) error {
	e := &BuildError{Endpoint: endpoint, Method: method}
	for _, v := range values {
		e.Given = append(e.Given, v.Name)
	}
	for _, rule := range m.byEndpoint[endpoint] {
		var missing []string
		for _, name := range rule.names {
			if !slices.Contains(e.Given, name) {
				missing = append(missing, name)
			}
		}
		if e.Rule == nil || len(missing) < len(e.Missing) {
			e.Rule, e.Missing = rule, missing
		}
	}
	if e.Rule == nil {
		e.Nearest = nearest(endpoint, sortedKeys(m.byEndpoint))
	}
	return e
}

// nearest returns the candidate with the fewest edits to name, "" where none is
// alike: more than half of the longer one would have to change.
func nearest(name string, candidates []string) string {
	best, least := "", 0
	for _, c := range candidates {
		if d := edits(name, c); 2*d <= max(len(name), len(c)) && (best == "" || d < least) {
			best, least = c, d
		}
	}
	return best
}

// edits is the Levenshtein distance in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
