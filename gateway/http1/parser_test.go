package http1_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/http1"
)

// feed gives input to p in the pieces that end at cuts, as a connection would, and
// returns the first answer that is not "more bytes".
func feed(p *http1.Parser, input string, cuts ...int) (r gateway.Request, m http1.Message, n int, err error) {
	for _, cut := range append(cuts, len(input)) {
		buf := []byte(input[:cut]) // moved each time: offsets only may be kept
		n, err = p.Parse(buf, &r, &m)
		for i := range buf {
			buf[i] = 'X' // what was parsed must not point here
		}
		if n > 0 || err != nil {
			break
		}
	}
	return r, m, n, err
}

// result writes down all of an answer, so that answers can be compared and shown.
func result(r gateway.Request, m http1.Message, n int, err error) string {
	if err != nil {
		return err.Error()
	}
	if n == 0 {
		return "more"
	}
	return fmt.Sprintf("n=%d %q %q %q host=%q path=%q query=%q length=%d header=%q %+v",
		n, r.Method, r.Target, r.Proto, r.Host, r.Path, r.Query, r.Length, r.Header, m)
}

func statusOf(err error) (status int, section string) {
	var s *gateway.StatusError
	if errors.As(err, &s) {
		return s.Status, s.Section
	}
	return 0, ""
}

// teaches holds a fault's text to its form: one short line of visible ASCII, which says
// what was expected and what came.
func teaches(t *testing.T, in string) {
	t.Helper()
	_, _, _, err := feed(new(http1.Parser), in)
	var s *gateway.StatusError
	if !errors.As(err, &s) {
		return
	}
	before, after, _ := strings.Cut(s.Reason, " expected")
	if before == "" || !strings.Contains(after, "got ") || len(s.Reason) > 250 || s.Section == "" {
		t.Errorf("%.200q: the text teaches nothing: %s", in, s.Reason)
	}
	for _, c := range []byte(s.Reason) {
		if c < ' ' || c > '~' {
			t.Errorf("%.200q: %q in the text", in, c)
		}
	}
}

func everyByte(s string) (cuts []int) {
	for i := range s {
		cuts = append(cuts, i)
	}
	return cuts
}

func TestParse(t *testing.T) {
	for _, c := range headCases {
		t.Run(c.name, func(t *testing.T) { c.run(t) })
	}
}

// A headCase is one head, or a broken beginning of one.
type headCase struct {
	name   string
	in     string
	status int    // the fault's, 0: a good head
	rule   string // the fault's section
	want   string // parts of result that a good head must show, separated by " | "
}

func (c headCase) run(t *testing.T) {
	whole := result(feed(new(http1.Parser), c.in))
	if c.status != 0 {
		_, _, n, err := feed(new(http1.Parser), c.in)
		if status, section := statusOf(err); status != c.status || section != c.rule || n != 0 {
			t.Fatalf("%.200q: got n=%d %v, want %d (%s)", c.in, n, err, c.status, c.rule)
		}
	} else if !strings.HasPrefix(whole, "n=") {
		t.Fatalf("%.200q: got %s, want a head", c.in, whole)
	}
	teaches(t, c.in)
	for part := range strings.SplitSeq(c.want, " | ") {
		if !strings.Contains(whole, part) {
			t.Errorf("%.200q: got %s, want %s in it", c.in, whole, part)
		}
	}
	same := func(how, got string) {
		t.Helper()
		if got != whole {
			t.Errorf("%.200q %s:\n got %s\nwant %s", c.in, how, got, whole)
		}
	}
	same("byte by byte", result(feed(new(http1.Parser), c.in, everyByte(c.in)...)))
	same("with trailing bytes", result(feed(new(http1.Parser), c.in+"GET / HTTP/1.1\r\n\x00")))
	if len(c.in) <= 400 {
		for i := range c.in {
			same(fmt.Sprintf("cut at %d", i), result(feed(new(http1.Parser), c.in, i)))
		}
	}
	if c.status == 0 {
		p := new(http1.Parser)
		feed(p, c.in)
		same("repeated", result(feed(p, c.in)))
		same("repeated byte by byte", result(feed(p, c.in, everyByte(c.in)...)))
	}
}
