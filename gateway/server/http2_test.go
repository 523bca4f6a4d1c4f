package server_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
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
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
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

// Clients that know beforehand speak HTTP/2 without TLS; all others HTTP/1.1, in
// whatever pieces they send what looks like the other at first.
func TestUnencryptedHTTP2(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		r := start(t, on.config(server.Config{UnencryptedHTTP2: true}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			_, err := x.WriteString(x.Request.Proto + " " + x.Request.Method)
			return err
		}))
		protocols := new(http.Protocols)
		protocols.SetUnencryptedHTTP2(true)
		transport := &http.Transport{Protocols: protocols}
		defer transport.CloseIdleConnections()
		res, err := (&http.Client{Transport: transport, Timeout: 30 * time.Second}).Get("http://" + r.addr.String() + "/")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if body, _ := io.ReadAll(res.Body); string(body) != "HTTP/2.0 GET" {
			t.Errorf("got %q", body)
		}
		for _, request := range []string{"PRI /a HTTP/1.1\r\nHost: x\r\n\r\n", "P / HTTP/1.1\r\nHost: x\r\n\r\n"} {
			c := r.dial(t)
			for _, b := range []byte(request) {
				c.send(string(b))
			}
			method, _, _ := strings.Cut(request, " ")
			if _, body := c.answer(method); body != "HTTP/1.1 "+method {
				t.Errorf("got %q", body)
			}
		}
	})
}

// A request of HTTP/1 where HTTP/2 might have come first is one like all others: it has
// its time, and its connection is at work.
func TestFirstRequestBesideUnencryptedHTTP2(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		counters := new(server.Counters)
		before := time.Now()
		r := start(t, on.config(server.Config{UnencryptedHTTP2: true, Counters: counters}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			s := counters.Stats()
			_, err := fmt.Fprint(x, x.Request.Time.Before(before.Add(-time.Minute)), s.Idle, s.Active)
			return err
		}))
		c := r.dial(t)
		c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, body := c.answer("GET"); body != "false 0 1" {
			t.Errorf("time is missing, idle, active: %s", body)
		}
		c.Close()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
		if d := counters.Stats().Duration.Sum; d > time.Hour {
			t.Errorf("took %v", d)
		}
	})
}

// Where it is not spoken, the preface is no request.
func TestPrefaceOfHTTP2IsRefused(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		c := start(t, on.config(server.Config{}), text("")).dial(t)
		c.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
		if res, _ := c.answer("GET"); res.StatusCode != 400 {
			t.Errorf("got %d", res.StatusCode)
		}
		c.closed()
	})
}
