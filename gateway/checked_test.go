package gateway

import (
	"strings"
	"testing"
)

// A header is judged alike whatever was judged before it.
func TestCheckedJudgesAsTheFirstTime(t *testing.T) {
	good, bad := strings.Clone("text"), strings.Clone("te\nt")
	nine := make(Header, 9)
	for i := range nine {
		nine[i] = Field{"A", good}
	}
	ninth := append(nine[:8:8], Field{"A", bad})
	headers := []Header{
		nil,
		{{"A", good}},
		{{"A", bad}},
		{{"A", good}, {"B", good}},
		{{"B", good}, {"A", good}},
		{{"A\r", good}},
		{{"", ""}},
		{{"A", good}, {"", ""}},
		{{"A", ""}},
		{{"Connection", good}},
		{{"Content-Length", "7"}},
		{{"Content-Length", "7"}, {"content-length", "7"}},
		{{"A", good}, {"Content-Length", "8"}},
		{{"Content-Length", "x"}},
		nine,
		ninth,
	}
	for _, before := range headers {
		for _, h := range headers {
			var c checked
			_, _ = c.validate(before)
			for round := range 2 {
				length, err := c.validate(h)
				want, wantErr := h.validate()
				if length != want || (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
					t.Errorf("%q behind %q, time %d: %d, %v, want %d, %v", h, before, round, length, err, want, wantErr)
				}
			}
		}
	}
}

// The second response of an exchange is checked, though the first looked alike.
func TestRenewedExchangeChecksWhatIsNew(t *testing.T) {
	x := new(Exchange)
	name := "X-A"
	for i, value := range []string{"fine", "fine", "f\nne"} {
		if i > 0 {
			x = x.Renew()
		}
		x.Request.Method = "GET"
		heads := &headsOf{}
		out := Run(HandlerFunc(func(x *Exchange) error {
			x.Response.Header.Set(name, strings.Clone(value))
			return nil
		}), x, heads)
		if bad := strings.Contains(value, "\n"); bad != (out.Status == 500) || bad != (out.Err != nil) {
			t.Errorf("%q: %+v", value, out)
		}
		for _, h := range heads.sent {
			if h.Has(name) && strings.Contains(h.Value(name), "\n") {
				t.Errorf("%q was sent", h)
			}
		}
	}
}

// headsOf is a transport that keeps the heads.
type headsOf struct {
	refusing
	sent []Header
}

func (t *headsOf) WriteHead(h *Head) error {
	t.sent = append(t.sent, h.Header.Clone())
	return nil
}
func (t *headsOf) Write(p []byte) (int, error) { return len(p), nil }
func (t *headsOf) Close(Header) error          { return nil }
func (t *headsOf) Abort()                      {}
