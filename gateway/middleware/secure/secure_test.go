package secure_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
)

func handler(f func(x *gateway.Exchange) error) gateway.Handler { return gateway.HandlerFunc(f) }

var ok = handler(func(x *gateway.Exchange) error { return nil })

func Example() {
	h := gateway.Chain(handler(func(x *gateway.Exchange) error {
		_, err := fmt.Fprintf(x, "<script nonce=%s>", secure.Of(x))
		return err
	}), secure.New(secure.Config{Policy: secure.Strict}))
	res := gatewaytest.Do(h, gatewaytest.Request{})
	nonce := strings.TrimSuffix(strings.TrimPrefix(string(res.Body), "<script nonce="), ">")
	fmt.Println(strings.ReplaceAll(res.Header.Value("Content-Security-Policy"), nonce, "NONCE"))
	// Output: script-src 'nonce-NONCE' 'strict-dynamic'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'
}

func TestDefaults(t *testing.T) {
	want := gateway.Header{
		{Name: "X-Content-Type-Options", Value: "nosniff"},
		{Name: "X-Frame-Options", Value: "SAMEORIGIN"},
		{Name: "Referrer-Policy", Value: "strict-origin-when-cross-origin"},
		{Name: "Cross-Origin-Opener-Policy", Value: "same-origin"},
		{Name: "Cross-Origin-Resource-Policy", Value: "same-origin"},
		{Name: "Origin-Agent-Cluster", Value: "?1"},
		{Name: "Content-Security-Policy", Value: "base-uri 'self'; object-src 'none'; frame-ancestors 'self'"},
	}
	r := gatewaytest.Recorder{Handler: secure.New(secure.Config{})(ok)}
	if res := r.Do(gatewaytest.Request{}); !slices.Equal(without(res.Header), want) {
		t.Errorf("http: %v", res.Header)
	}
	r = gatewaytest.Recorder{Handler: r.Handler, Scheme: "https"}
	want = append(want, gateway.Field{Name: "Strict-Transport-Security", Value: "max-age=31536000"})
	if res := r.Do(gatewaytest.Request{}); !slices.Equal(without(res.Header), want) {
		t.Errorf("https: %v", res.Header)
	}
}

// without leaves out what the recorder adds.
func without(h gateway.Header) gateway.Header {
	h = h.Clone()
	for _, name := range []string{"Content-Length", "Date"} {
		h.Del(name)
	}
	return h
}

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		name, field, want string
		config            secure.Config
	}{
		{"off", "X-Frame-Options", "", secure.Config{Frame: secure.Off}},
		{"another value", "Referrer-Policy", "no-referrer", secure.Config{Referrer: "no-referrer"}},
		{"embedder", "Cross-Origin-Embedder-Policy", "require-corp", secure.Config{Embedder: "require-corp"}},
		{"permissions", "Permissions-Policy", "camera=()", secure.Config{Permissions: "camera=()"}},
		{"no policy", "Content-Security-Policy", "", secure.Config{Policy: secure.Off}},
		{"tried out", "Content-Security-Policy-Report-Only", "default-src 'self'", secure.Config{Policy: "default-src 'self'", ReportOnly: true}},
		{"tried out only", "Content-Security-Policy", "", secure.Config{ReportOnly: true}},
		{"a minute", "Strict-Transport-Security", "max-age=60; includeSubDomains", secure.Config{Transport: time.Minute, Subdomains: true}},
		{"preload", "Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload", secure.Config{Subdomains: true, Preload: true}},
		{"no hsts", "Strict-Transport-Security", "", secure.Config{Transport: -1}},
	} {
		r := gatewaytest.Recorder{Handler: secure.New(c.config)(ok), Scheme: "https"}
		if got := r.Do(gatewaytest.Request{}).Header.Value(c.field); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Every answer has the fields: of errors, panics and streams too, and beside what the
// handler says itself.
func TestEveryAnswer(t *testing.T) {
	h := secure.New(secure.Config{})(handler(func(x *gateway.Exchange) error {
		switch x.Request.Path {
		case "/error":
			return errors.New("no")
		case "/panic":
			panic("no")
		case "/stream":
			x.WriteString("a")
			return x.Flush()
		}
		x.Response.Header.Set("x-frame-options", "DENY")
		return nil
	}))
	for path, frame := range map[string]string{"/error": "SAMEORIGIN", "/panic": "SAMEORIGIN", "/stream": "SAMEORIGIN", "/own": "DENY"} {
		res := gatewaytest.Do(h, gatewaytest.Request{Target: path})
		if got := slices.Collect(res.Header.Values("X-Frame-Options")); !slices.Equal(got, []string{frame}) {
			t.Errorf("%s: X-Frame-Options %q", path, got)
		}
		if got := slices.Collect(res.Header.Values("X-Content-Type-Options")); !slices.Equal(got, []string{"nosniff"}) {
			t.Errorf("%s: X-Content-Type-Options %q", path, got)
		}
	}
}

func TestNonceIsNewForEachAnswerAndOneWithinIt(t *testing.T) {
	var seen []string
	h := secure.New(secure.Config{Policy: "script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'"})(handler(func(x *gateway.Exchange) error {
		seen = append(seen, secure.Of(x))
		if again := secure.Of(x); again != seen[len(seen)-1] {
			t.Error("two nonces in one answer")
		}
		return nil
	}))
	for range 3 {
		policy := gatewaytest.Do(h, gatewaytest.Request{}).Header.Value("Content-Security-Policy")
		n := seen[len(seen)-1]
		if want := "script-src 'nonce-" + n + "'; style-src 'nonce-" + n + "'"; policy != want || len(n) != 24 {
			t.Errorf("policy %q, want %q", policy, want)
		}
	}
	if seen[0] == seen[1] || seen[1] == seen[2] {
		t.Errorf("nonces repeat: %q", seen)
	}
	if got := secure.Of(new(gateway.Exchange)); got != "" {
		t.Errorf("without the middleware the nonce is %q", got)
	}
}

func TestNewPanicsAtMistakes(t *testing.T) {
	for _, c := range []secure.Config{
		{Frame: "DENY\r\nX-Evil: 1"}, {Policy: "script-src 'nonce-{nonce}'\n"}, {Preload: true}, {Preload: true, Subdomains: true, Transport: time.Hour},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is taken", c)
				}
			}()
			secure.New(c)
		}()
	}
}
