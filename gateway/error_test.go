package gateway_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

func TestStatusErrorTexts(t *testing.T) {
	cause := errors.New("disk full")
	for _, c := range []struct {
		err        gateway.StatusError
		text, full string
	}{
		{gateway.StatusError{Status: 404}, "Not Found", "gateway: 404 Not Found"},
		{gateway.StatusError{Status: 499}, "", "gateway: 499 "},
		{gateway.StatusError{Status: 413, Reason: "too long"}, "too long", "gateway: 413 too long"},
		{gateway.StatusError{Status: 400, Reason: "two lengths", Section: "RFC 9112 §6.3"},
			"two lengths (RFC 9112 §6.3)", "gateway: 400 two lengths (RFC 9112 §6.3)"},
		{gateway.StatusError{Status: 507, Err: cause}, "Insufficient Storage", "gateway: 507 Insufficient Storage: disk full"},
	} {
		if c.err.Text() != c.text || c.err.Error() != c.full {
			t.Errorf("%+v: %q, %q", c.err, c.err.Text(), c.err.Error())
		}
		if !errors.Is(&c.err, c.err.Err) && c.err.Err != nil {
			t.Errorf("%v does not wrap its cause", &c.err)
		}
	}
}

func TestPanicErrorTexts(t *testing.T) {
	cause := errors.New("nil map")
	err := &gateway.PanicError{Value: cause, Stack: []byte("goroutine 1")}
	if err.Error() != "gateway: handler panicked: nil map" || !errors.Is(err, cause) {
		t.Errorf("%v", err)
	}
	text := &gateway.PanicError{Value: 7}
	if text.Error() != "gateway: handler panicked: 7" || text.Unwrap() != nil {
		t.Errorf("%v", text)
	}
}

func TestOutcomeFault(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct{ err, fault error }{
		{nil, nil}, {boom, boom}, {gateway.ErrAbort, nil}, {fmt.Errorf("a: %w", gateway.ErrGone), nil}, {gateway.ErrLength, gateway.ErrLength},
	} {
		if got := (gateway.Outcome{Err: c.err}).Fault(); got != c.fault {
			t.Errorf("%v: fault %v", c.err, got)
		}
	}
}

// The answer to an error is one line that the client may read.
func TestErrorAnswer(t *testing.T) {
	res := gatewaytest.Do(handler(func(x *gateway.Exchange) error {
		return &gateway.StatusError{Status: 413, Reason: "at most 10 bytes", Section: "RFC 9110 §15.5.14", Err: errors.New("secret")}
	}), gatewaytest.Request{})
	if res.Status != 413 || string(res.Body) != "413 at most 10 bytes (RFC 9110 §15.5.14)\n" {
		t.Errorf("%d %q", res.Status, res.Body)
	}
	if res.Header.Value("Content-Type") != "text/plain; charset=utf-8" || res.Header.Value("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v", res.Header)
	}
}

// The phrases are the registry's, as net/http has them, but for the two that
// RFC 9110 renamed and those that net/http does not know.
func TestStatusTextIsTheRegistrys(t *testing.T) {
	renamed := map[int]string{413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}
	for status := -1; status < 700; status++ {
		got, want := gateway.StatusText(status), http.StatusText(status)
		if renamed[status] != "" {
			want = renamed[status]
		}
		if got != want {
			t.Errorf("%d: %q, want %q", status, got, want)
		}
		if strings.TrimSpace(got) != got {
			t.Errorf("%d: %q", status, got)
		}
		if bodyless := status < 200 || status == 204 || status == 304; gateway.Bodyless(status) != bodyless {
			t.Errorf("Bodyless(%d) = %v", status, !bodyless)
		}
	}
}

func TestFault(t *testing.T) {
	bad := &gateway.StatusError{Status: 400}
	for name, test := range map[string]struct {
		err   error
		fault bool
	}{
		"nothing":                  {nil, false},
		"any error":                {errors.New("boom"), true},
		"abort":                    {gateway.ErrAbort, false},
		"gone":                     {fmt.Errorf("write: %w", gateway.ErrGone), false},
		"the client's mistake":     {fmt.Errorf("reading: %w", bad), false},
		"the server's":             {&gateway.StatusError{Status: 503}, true},
		"a panic":                  {&gateway.PanicError{Value: "boom"}, true},
		"a panic with the mistake": {&gateway.PanicError{Value: bad}, true},
	} {
		if got := (gateway.Outcome{Err: test.err}).Fault(); (got != nil) != test.fault {
			t.Errorf("%s: %v", name, got)
		}
	}
}
