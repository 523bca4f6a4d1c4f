package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// patient waits for its context and says how it ended.
func patient(t *testing.T) gateway.Handler {
	return gateway.HandlerFunc(func(x *gateway.Exchange) error {
		if x.Request.Path == "/quick" {
			_, err := x.WriteString("quick")
			return err
		}
		if x.Request.Path == "/longer" {
			server.SetHandlerTimeout(x, time.Hour)
			if _, limited := x.Context().Deadline(); !limited {
				t.Error("no deadline of an hour")
			}
			return nil
		}
		if x.Request.Path == "/free" {
			server.SetHandlerTimeout(x, 0)
			if _, limited := x.Context().Deadline(); limited {
				t.Error("a deadline, though the exchange has none")
			}
			return nil
		}
		ctx := x.Context()
		<-ctx.Done()
		if cause := context.Cause(ctx); cause != server.ErrHandlerTimeout {
			t.Errorf("the context ended with %v", cause)
		}
		if x.Request.Path == "/deaf" {
			_, err := x.WriteString("late")
			return err
		}
		return ctx.Err()
	})
}

var patientCases = []struct {
	path   string
	status int
	body   string
}{
	{"/quick", 200, "quick"},
	{"/", 503, "503 the request took too long"},
	{"/longer", 200, ""},
	{"/free", 200, ""},
	{"/deaf", 200, "late"}, // it heeds nothing: nobody answers for it
	{"/quick", 200, "quick"},
}

func TestHandlerTimeout(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		r := start(t, on.config(server.Config{HandlerTimeout: 20 * time.Millisecond}), patient(t))
		c := r.dial(t)
		for _, want := range patientCases {
			c.send("GET " + want.path + " HTTP/1.1\r\nHost: x\r\n\r\n")
			if res, body := c.answer("GET"); res.StatusCode != want.status || !strings.HasPrefix(body, want.body) {
				t.Errorf("%s: %d %q", want.path, res.StatusCode, body)
			}
		}
		if faults := r.allFaults(); len(faults) != 1 || !errors.Is(faults[0], context.DeadlineExceeded) {
			t.Errorf("faults: %v", faults)
		}
	})
}

func TestHandlerTimeoutOverHTTP2(t *testing.T) {
	ours, theirs := adhoc(t)
	r := start(t, server.Config{TLS: ours, HandlerTimeout: 20 * time.Millisecond}, patient(t))
	client := http2Client(t, theirs)
	for _, want := range patientCases {
		res, err := client.Get("https://" + r.addr.String() + want.path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != want.status || !strings.HasPrefix(string(body), want.body) {
			t.Errorf("%s: %d %q, %v", want.path, res.StatusCode, body, err)
		}
	}
}

// A layer that asks for the context before an inner one has set the handler's time, as one
// that queues does, keeps what it got; who asks behind it gets what was set.
func TestHandlerTimeoutAfterTheContextWasAskedFor(t *testing.T) {
	ours, theirs := adhoc(t)
	for _, http2 := range []bool{false, true} {
		for _, own := range []time.Duration{0, time.Hour} {
			t.Run(fmt.Sprintf("http2 %v, own %v", http2, own), func(t *testing.T) {
				r := start(t, server.Config{TLS: ours, HandlerTimeout: 20 * time.Millisecond}, gateway.HandlerFunc(func(x *gateway.Exchange) error {
					outside := x.Context()
					server.SetHandlerTimeout(x, own)
					inside := x.Context()
					<-outside.Done()
					if cause := context.Cause(outside); cause != server.ErrHandlerTimeout || inside.Err() != nil || x.Context() != inside {
						t.Errorf("outside ended with %v, inside with %v", cause, inside.Err())
					}
					by, limited := inside.Deadline()
					_, err := fmt.Fprint(x, limited && time.Until(by) > time.Minute, limited)
					return err
				}))
				client := &http.Client{Transport: &http.Transport{TLSClientConfig: theirs, ForceAttemptHTTP2: http2}}
				defer client.CloseIdleConnections()
				res, err := client.Get("https://" + r.addr.String() + "/")
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				if want := fmt.Sprint(own > 0, own > 0); string(body) != want || err != nil {
					t.Errorf("long and limited are %q, %v; want %q", body, err, want)
				}
			})
		}
	}
}

func TestImpossibleLimits(t *testing.T) {
	for _, c := range []server.Config{{MaxInFlight: -1}, {MaxRequests: -1}} {
		if err := server.New(c).Serve(t.Context(), http404); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

var http404 = gateway.HandlerFunc(func(*gateway.Exchange) error { return &gateway.StatusError{Status: http.StatusNotFound} })
