package nethttp_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/nethttp"
)

// The cause with which the context ends says how the server does.
func TestCauseOfTheEnd(t *testing.T) {
	for _, test := range []struct {
		name       string
		cause      error
		path, body string
		told       bool // the application knows that the server stops
	}{
		{"quick", gateway.ErrQuick, "/wait", "cut short", true},
		{"replaced", gateway.ErrReplaced, "/", "whole", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			entered, leave := make(chan struct{}), make(chan struct{})
			infos, served := make(chan gateway.ServerInfo, 1), make(chan error, 1)
			ctx, end := context.WithCancelCause(context.Background())
			h := handlerFunc(func(x *gateway.Exchange) error {
				close(entered)
				if x.Request.Path == "/wait" {
					<-x.Context().Done()
				} else {
					<-leave
				}
				_, err := x.WriteString(test.body)
				return err
			})
			go func() {
				served <- nethttp.New(nethttp.Config{Addr: "127.0.0.1:0", Grace: time.Hour, Error: quiet}).Serve(ctx, &lifespan{
					Handler: h, startup: func(s gateway.ServerInfo) error { infos <- s; return nil },
				})
			}()
			info := wait(t, infos)
			answered := make(chan string, 1)
			go func() {
				res, err := http.Get("http://" + info.Addrs[0].String() + test.path)
				if err != nil {
					answered <- err.Error()
					return
				}
				defer res.Body.Close()
				body, _ := io.ReadAll(res.Body)
				answered <- string(body)
			}()
			wait(t, entered)
			end(test.cause)
			if test.told {
				wait(t, info.Stopping)
			}
			close(leave)
			if got := wait(t, answered); got != test.body {
				t.Errorf("got %q, want %q", got, test.body)
			}
			if err := wait(t, served); err != nil {
				t.Error(err)
			}
			if !test.told {
				select {
				case <-info.Stopping:
					t.Error("the application was told that it stops")
				default:
				}
			}
		})
	}
}
