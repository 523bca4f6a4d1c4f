// Package http2client is net/http's client of HTTP/2 as a client.Client, for the suites
// that hold servers, and what stands on them, to the contract over HTTP/2.
//
//	gatewaytest.Target{Server: s, Connect: func(s gateway.ServerInfo) gatewaytest.Client { return http2client.New(s, roots) }}
package http2client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"slices"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
)

// patience is how long an answer may take as a whole: client's own.
const patience = client.DefaultPatience

// A connection is net/http's client, as the suite wants it.
type connection struct {
	transport *http.Transport
	base      string
}

// New returns a Client of a server with TLS, whose certificate roots trust (shared
// read-only).
func New(s gateway.ServerInfo, roots *x509.CertPool) client.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	return &connection{
		transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots},
			Protocols:       protocols,
			// All streams share a connection (RFC 9113 §9.1). net/http would dial one for every
			// request that is there before it knows that the server speaks HTTP/2. A hundred
			// handshakes at once starve each other on a busy machine, and net/http's server cuts a
			// connection whose first SETTINGS it does not come to within two seconds.
			MaxConnsPerHost:       1,
			DisableCompression:    true,
			ExpectContinueTimeout: patience,
		},
		base: s.Scheme + "://" + s.Addrs[0].String(),
	}
}

func (c *connection) Close() { c.transport.CloseIdleConnections() }

// Dial and HTTP/1.0 are of HTTP/1.
func (c *connection) Dial() (net.Conn, error) { return nil, errors.ErrUnsupported }

func (c *connection) Start(q client.Request) (client.Call, error) {
	if q.Proto != "" {
		return nil, errors.ErrUnsupported
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	k := &call{cancel: cancel, interim: make(chan client.Interim, 10), head: make(chan error, 1)}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		k.interim <- client.Interim{Status: code, Header: fields(http.Header(h))}
		return nil
	}})
	r, err := c.request(ctx, q)
	if err != nil {
		cancel()
		return nil, err
	}
	go func() { // ends with the head of the answer, or with the context
		res, err := c.transport.RoundTrip(r)
		k.res = res
		close(k.interim)
		k.head <- err
	}()
	return k, nil
}

func (c *connection) request(ctx context.Context, q client.Request) (*http.Request, error) {
	target := q.Target
	if target == "" || target == "*" {
		target = "/"
	}
	u, err := url.Parse(c.base + target)
	if err != nil {
		return nil, err
	}
	if q.Target == "*" {
		u.Opaque = "*"
	}
	host := q.Host
	if host == "" {
		host = "localhost"
	}
	method := q.Method
	if method == "" {
		method = "GET"
	}
	r := (&http.Request{Method: method, URL: u, Host: host, Header: make(http.Header)}).WithContext(ctx)
	for _, f := range q.Header {
		if f.Name != "Trailer" {
			r.Header[http.CanonicalHeaderKey(f.Name)] = append(r.Header[http.CanonicalHeaderKey(f.Name)], f.Value)
		}
	}
	switch {
	case q.Stream != nil:
		r.Body, r.ContentLength = closing{q.Stream, q.Stream}, -1
		if q.Length > 0 {
			r.Body, r.ContentLength = closing{&exactly{q.Stream, q.Length}, q.Stream}, q.Length
		}
	case len(q.Body) > 0:
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(q.Body)), int64(len(q.Body))
	}
	for _, f := range q.Trailer {
		if r.Trailer == nil {
			r.Trailer = make(http.Header)
		}
		r.Trailer.Add(f.Name, f.Value)
		r.ContentLength = -1
	}
	return r, nil
}

// closing closes a stream, where it can be, when the client goes away: a Read that
// waits ends then.
type closing struct {
	io.Reader
	stream io.Reader
}

func (c closing) Close() error {
	if closer, ok := c.stream.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// exactly breaks the stream off where its content is too short.
type exactly struct {
	r    io.Reader
	left int64
}

func (e *exactly) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	if e.left -= int64(n); err == io.EOF && e.left > 0 {
		err = errors.New("the content is shorter than announced")
	}
	return n, err
}

// A call is one stream.
type call struct {
	cancel  context.CancelFunc
	interim chan client.Interim
	head    chan error
	res     *http.Response // set before head
	result  client.Result
	began   bool
	err     error
}

func (k *call) Interim() (client.Interim, error) {
	i, ok := <-k.interim
	if !ok {
		return i, errors.New("no further interim response came")
	}
	k.result.Interim = append(k.result.Interim, i)
	return i, nil
}

func (k *call) Head() (*client.Result, error) {
	if k.began {
		return &k.result, k.err
	}
	for i := range k.interim {
		k.result.Interim = append(k.result.Interim, i)
	}
	k.began = true
	if err := <-k.head; err != nil {
		k.err = fmt.Errorf("%w: %w", client.ErrTruncated, err)
		return nil, k.err
	}
	k.result.Status = k.res.StatusCode
	k.result.Header = fields(k.res.Header)
	return &k.result, nil
}

func (k *call) Read(p []byte) (int, error) {
	if _, err := k.Head(); err != nil {
		return 0, err
	}
	n, err := k.res.Body.Read(p)
	switch err {
	case nil:
	case io.EOF:
		k.result.Trailer = fields(k.res.Trailer)
	default:
		err = fmt.Errorf("%w: %w", client.ErrTruncated, err)
	}
	return n, err
}

func (k *call) Conn() (net.Conn, error) { return nil, errors.ErrUnsupported }

func (k *call) Close() error {
	k.cancel()
	if k.began && k.err == nil {
		return k.res.Body.Close()
	}
	return nil // the goroutine of Start ends with the context
}

func fields(h http.Header) (fields gateway.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			fields.Add(name, value)
		}
	}
	return fields
}
