package gatewaytest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// A mutant is a server with one fault, and a rule of the suite that must find it.
// Faults are transports here: what a server gets wrong, it gets wrong in there.
type mutant struct {
	rule  string
	fault func(t gateway.Transport, x *gateway.Exchange) gateway.Transport
}

var mutants = map[string]mutant{
	"flush keeps back":      {"a flushed chunk arrives before the next is written", func(t gateway.Transport, _ *gateway.Exchange) gateway.Transport { return lazy{t} }},
	"no trailer":            {"trailers follow a stream, RFC 9110 §6.5", func(t gateway.Transport, _ *gateway.Exchange) gateway.Transport { return trailerless{t} }},
	"abort in good order":   {"an error after the start cuts the answer off", func(t gateway.Transport, _ *gateway.Exchange) gateway.Transport { return polite{t} }},
	"no interim":            {"103 Early Hints arrives before the answer, RFC 8297", func(t gateway.Transport, _ *gateway.Exchange) gateway.Transport { return silent{t} }},
	"eof once":              {"content with a length", func(t gateway.Transport, _ *gateway.Exchange) gateway.Transport { return &forgetful{Transport: t} }},
	"context without cause": {"Context ends when the client goes away", func(t gateway.Transport, _ *gateway.Exchange) gateway.Transport { return causeless{t} }},
	"gone without name":     {"writing to a client that has gone fails with ErrGone", func(t gateway.Transport, _ *gateway.Exchange) gateway.Transport { return nameless{t} }},
	"content on head":       {"HEAD has the header of GET and no content, RFC 9110 §9.3.2", func(t gateway.Transport, _ *gateway.Exchange) gateway.Transport { return talkative{t} }},
	"fields shuffled":       {"header fields keep order and repetition", func(t gateway.Transport, _ *gateway.Exchange) gateway.Transport { return shuffling{t} }},
	"scribbles":             {"Response.Body is only read", func(t gateway.Transport, _ *gateway.Exchange) gateway.Transport { return scribbling{t} }},
	"hijack after start": {"Hijack hands over the connection, or is unsupported", func(t gateway.Transport, _ *gateway.Exchange) gateway.Transport {
		return &bad{Transport: t, hijack: io.EOF}
	}},
	"no deadline": {"SetDeadlines ends a Read, or is unsupported", func(t gateway.Transport, _ *gateway.Exchange) gateway.Transport {
		return &bad{Transport: t, deadlines: io.EOF}
	}},
	"path decoded": {"request line and host", func(t gateway.Transport, x *gateway.Exchange) gateway.Transport {
		x.Request.Path = gateway.Unescape(x.Request.Path)
		return t
	}},
	"names merged": {"header fields keep order, repetition and underscores", func(t gateway.Transport, x *gateway.Exchange) gateway.Transport {
		x.Request.Header = merged(x.Request.Header)
		return t
	}},
	"wrong length": {"content of unknown length, RFC 9112 §7.1", func(t gateway.Transport, x *gateway.Exchange) gateway.Transport { x.Request.Length = 7; return t }},
}

type (
	lazy        struct{ gateway.Transport }
	trailerless struct{ gateway.Transport }
	polite      struct{ gateway.Transport }
	silent      struct{ gateway.Transport }
	causeless   struct{ gateway.Transport }
	nameless    struct{ gateway.Transport }
	talkative   struct{ gateway.Transport }
	shuffling   struct{ gateway.Transport }
	scribbling  struct{ gateway.Transport }
	forgetful   struct {
		gateway.Transport
		ended bool
	}
)

func (lazy) Flush() error                           { return nil }
func (m trailerless) Close(gateway.Header) error    { return m.Transport.Close(nil) }
func (m polite) Abort()                             { m.Transport.Close(nil) }
func (silent) Inform(int, gateway.Header) error     { return nil }
func (causeless) Context() context.Context          { return leaving }
func (m talkative) WriteHead(h *gateway.Head) error { h.Empty = false; return m.Transport.WriteHead(h) }
func (m nameless) Write(p []byte) (n int, err error) {
	n, err = m.Transport.Write(p)
	return n, anonymous(err)
}

// leaving ends, so that the sub-test does, but not because of the client.
var leaving, _ = context.WithTimeout(context.Background(), 10*time.Millisecond)

func anonymous(err error) error {
	if err != nil {
		return errors.New("broken pipe")
	}
	return nil
}

func (m shuffling) WriteHead(h *gateway.Head) error {
	head := *h
	head.Header = h.Header.Clone()
	slices.Reverse(head.Header)
	return m.Transport.WriteHead(&head)
}

func (m scribbling) Write(p []byte) (int, error) {
	n, err := m.Transport.Write(p)
	copy(p, bytes.ToUpper(p))
	return n, err
}

func (m *forgetful) Read(p []byte) (int, error) {
	if m.ended {
		return 0, nil
	}
	n, err := m.Transport.Read(p)
	m.ended = err == io.EOF
	return n, err
}

func merged(h gateway.Header) gateway.Header {
	h = h.Clone()
	for i := range h {
		h[i].Name = strings.ReplaceAll(h[i].Name, "_", "-")
	}
	return h
}

// TestMutant is the suite on the mutant that the environment names. Alone it does
// nothing: TestSuiteFindsMutants runs it in a process of its own, because a test
// cannot look on while its own sub-tests fail.
func TestMutant(t *testing.T) {
	m, ok := mutants[os.Getenv("DEWAR_MUTANT")]
	if !ok {
		return
	}
	patience = 100 * time.Millisecond
	Suite(t, func(t *testing.T) Target {
		target := new(Memory).Target()
		target.Server = mutated{target.Server, m}
		return target
	})
}

type mutated struct {
	gateway.Server
	mutant
}

func (s mutated) Serve(ctx context.Context, h gateway.Handler) error {
	return s.Server.Serve(ctx, gateway.Chain(h, func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if err := x.Wrap(func(t gateway.Transport) gateway.Transport { return s.fault(t, x) }); err != nil {
				return err
			}
			return next.Serve(x)
		})
	}))
}

func TestSuiteFindsMutants(t *testing.T) {
	for name, m := range mutants {
		t.Run(name, func(t *testing.T) {
			rule := strings.ReplaceAll(m.rule, " ", "_")
			c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMutant$/^plain$/^"+rule+"$", "-test.v", "-test.timeout=20s")
			c.Env = append(os.Environ(), "DEWAR_MUTANT="+name)
			out, err := c.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || !strings.Contains(string(out), "--- FAIL: TestMutant/plain/"+rule) {
				t.Errorf("the rule %q did not find it: %v\n%s", m.rule, err, out)
			}
		})
	}
}
