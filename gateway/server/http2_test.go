package server_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// http2Client speaks HTTP/2 over TLS and nothing else.
func http2Client(t *testing.T, theirs *tls.Config) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	transport := &http.Transport{TLSClientConfig: theirs, Protocols: protocols}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

func TestHTTP2(t *testing.T) {
	ours, theirs := adhoc(t)
	r := start(t, server.Config{TLS: ours}, gateway.HandlerFunc(func(x *gateway.Exchange) error {
		if x.Request.Proto != "HTTP/2.0" || x.Request.Scheme != "https" || x.Request.TLS == nil {
			t.Errorf("request %+v", x.Request)
		}
		_, err := io.Copy(x, x)
		return err
	}))
	client := http2Client(t, theirs)
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			res, err := client.Post("https://"+r.addr.String()+"/", "text/plain", bytes.NewReader(content))
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			got, err := io.ReadAll(res.Body)
			if err != nil || res.ProtoMajor != 2 || !bytes.Equal(got, content) {
				t.Errorf("%d bytes over %s, %v", len(got), res.Proto, err)
			}
		})
	}
	all.Wait()
}

// A connection of HTTP/2 finishes what runs on it when the server stops.
func TestDrainOfHTTP2(t *testing.T) {
	ours, theirs := adhoc(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	r := start(t, server.Config{TLS: ours}, gateway.HandlerFunc(func(x *gateway.Exchange) error {
		close(entered)
		<-leave
		x.Response.Body = []byte("done")
		return nil
	}))
	answered := make(chan string, 1)
	client := http2Client(t, theirs)
	go func() {
		res, err := client.Get("https://" + r.addr.String() + "/")
		if err != nil {
			answered <- err.Error()
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		answered <- string(body)
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	for { // until the server has begun to drain
		conn, err := tls.Dial(r.addr.Network(), r.addr.String(), theirs)
		if err != nil {
			break
		}
		_ = conn.Close()
	}
	close(leave)
	if got := <-answered; got != "done" {
		t.Errorf("got %q", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
