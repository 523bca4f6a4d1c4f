package requestid_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/accesslog"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/requestid"
)

var made = regexp.MustCompile(`^[0-9a-f]{32}$`)

func trusting(*gateway.Request) bool { return true }

// A name is validated before it is trusted: length at N and N+1, bytes, repetition.
func TestNamesFromOutside(t *testing.T) {
	h := func(values ...string) (f gateway.Header) {
		for _, v := range values {
			f.Add("x-request-id", v)
		}
		return f
	}
	for _, c := range []struct {
		config requestid.Config
		header gateway.Header
		kept   string // "": a new one
	}{
		{requestid.Config{}, h("mine"), ""}, // nobody is trusted by default
		{requestid.Config{Trust: trusting}, h("mine"), "mine"},
		{requestid.Config{Trust: trusting}, h("0190a1b2-7c3d-7e4f-8a9b-0c1d2e3f4a5b"), "0190a1b2-7c3d-7e4f-8a9b-0c1d2e3f4a5b"},
		{requestid.Config{Trust: trusting}, h("Root=1:a@b_c.d~e+f/g="), "Root=1:a@b_c.d~e+f/g="},
		{requestid.Config{Trust: trusting}, nil, ""},
		{requestid.Config{Trust: trusting}, h(""), ""},
		{requestid.Config{Trust: trusting}, h("one", "two"), ""},
		{requestid.Config{Trust: trusting}, h(strings.Repeat("a", 128)), strings.Repeat("a", 128)},
		{requestid.Config{Trust: trusting}, h(strings.Repeat("a", 129)), ""},
		{requestid.Config{Trust: trusting, MaxLength: 4}, h("abcd"), "abcd"},
		{requestid.Config{Trust: trusting, MaxLength: 4}, h("abcde"), ""},
		{requestid.Config{Trust: trusting}, h("a b"), ""},
		{requestid.Config{Trust: trusting}, h("a\"b"), ""},
		{requestid.Config{Trust: trusting}, h("<script>"), ""},
		{requestid.Config{Trust: trusting}, h("${jndi:ldap}"), ""},
		{requestid.Config{Trust: trusting}, h("caf\xc3\xa9"), ""},
	} {
		var within string
		handler := requestid.New(c.config)(gateway.HandlerFunc(func(x *gateway.Exchange) error {
			within = requestid.Of(x)
			return nil
		}))
		res := gatewaytest.Do(handler, gatewaytest.Request{Header: c.header})
		got := res.Header.Value("X-Request-Id")
		if c.kept != "" && got != c.kept || c.kept == "" && !made.MatchString(got) || within != got {
			t.Errorf("%v: got %q, inside %q; want %q", c.header, got, within, c.kept)
		}
	}
}

func TestNamesBehindATrustedProxy(t *testing.T) {
	via := func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			x.Request.Via = &gateway.Via{Remote: x.Request.Remote, Scheme: "http"}
			return next.Serve(x)
		})
	}
	h := gateway.Chain(gateway.HandlerFunc(func(*gateway.Exchange) error { return nil }), via, requestid.New(requestid.Config{}))
	if res := gatewaytest.Do(h, gatewaytest.Request{Header: gateway.Header{{Name: "X-Request-Id", Value: "edge-1"}}}); res.Header.Value("X-Request-Id") != "edge-1" {
		t.Errorf("got %v", res.Header)
	}
}

// Every answer has it: errors, panics, streams; and once.
func TestEveryAnswerHasIt(t *testing.T) {
	app := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		switch x.Request.Path {
		case "/error":
			return errors.New("on purpose")
		case "/panic":
			panic("on purpose")
		case "/stream":
			return x.Flush()
		case "/own":
			x.Response.Header.Set("request-name", "mine")
		}
		return nil
	})
	h := requestid.New(requestid.Config{Header: "Request-Name"})(app)
	names := make(map[string]bool)
	for _, path := range []string{"/", "/error", "/panic", "/stream", "/own"} {
		res := gatewaytest.Do(h, gatewaytest.Request{Target: path})
		n := 0
		for v := range res.Header.Values("Request-Name") {
			n++
			if !made.MatchString(v) || names[v] {
				t.Errorf("%s: %q", path, v)
			}
			names[v] = true
		}
		if n != 1 {
			t.Errorf("%s: %d fields", path, n)
		}
	}
}

func TestGiven(t *testing.T) {
	var out bytes.Buffer
	log, err := accesslog.New(accesslog.Config{Writer: &out, Format: accesslog.JSON})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	app := gateway.HandlerFunc(func(*gateway.Exchange) error { return nil })
	gatewaytest.Do(gateway.Chain(app, log.Middleware(), requestid.New(requestid.Config{Generate: func() string { return "n-1" }})), gatewaytest.Request{})
	if err := log.Flush(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), `"request_id":"n-1"`) {
		t.Errorf("the log does not have it: %s", out.String())
	}
	if got := requestid.Of(new(gateway.Exchange)); got != "" {
		t.Errorf("an exchange outside has the name %q", got)
	}
}

func TestMistake(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a field name with a space is taken")
		}
	}()
	requestid.New(requestid.Config{Header: "X Request"})
}

func TestAllocatesOnce(t *testing.T) {
	plain := gateway.HandlerFunc(func(*gateway.Exchange) error { return nil })
	measure := func(h gateway.Handler) float64 {
		r := gatewaytest.Recorder{Handler: h}
		return testing.AllocsPerRun(1000, func() { r.Do(gatewaytest.Request{}) })
	}
	// Under the race detector every request has a new exchange, whose lists of hooks
	// and values are two more.
	if with, without := measure(requestid.New(requestid.Config{})(plain)), measure(plain); with > without+1 && (without == 0 || with > without+3) {
		t.Errorf("%v allocations, %v without", with, without)
	}
}

func TestSuite(t *testing.T) {
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		m := new(gatewaytest.Memory)
		target := m.Target()
		target.Server = naming{m}
		return target
	})
}

type naming struct{ gateway.Server }

func (s naming) Serve(ctx context.Context, h gateway.Handler) error {
	return s.Server.Serve(ctx, gateway.Chain(h, requestid.New(requestid.Config{Generate: same})))
}

// same makes answers comparable: HEAD is to have the fields of GET.
func same() string { return "n" }

func Example() {
	app := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		fmt.Println("handling", requestid.Of(x))
		return nil
	})
	h := requestid.New(requestid.Config{Trust: func(*gateway.Request) bool { return true }})(app)
	res := gatewaytest.Do(h, gatewaytest.Request{Header: gateway.Header{{Name: "X-Request-Id", Value: "a1"}}})
	fmt.Println("answered", res.Header.Value("X-Request-Id"))
	// Output:
	// handling a1
	// answered a1
}
