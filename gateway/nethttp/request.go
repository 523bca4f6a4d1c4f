package nethttp

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// fill puts the request down as the contract has it. Its strings are net/http's,
// which never reuses them: they are owned. hot path
func (c *carrier) fill() error {
	r, q := c.r, &c.x.Request
	q.Method, q.Proto, q.Host = r.Method, r.Proto, r.Host
	q.Scheme = "http"
	if r.TLS != nil {
		q.Scheme = "https"
	}
	q.TLS = r.TLS
	q.Length = r.ContentLength
	q.Local, _ = r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	q.Remote = c.remote.of(r.RemoteAddr, q.Local)
	q.Time = time.Now()
	q.Header = c.header()
	if q.Method == "" {
		q.Method = "GET" // http.Request's own rule, for requests that tests put together
	}
	if err := checkHost(r.Host); err != nil {
		return err
	}
	if err := checkAgreement(r); err != nil {
		return err
	}
	if err := fillTarget(q, r); err != nil {
		return err
	}
	return c.adapter.limits.check(q)
}

// header lists the fields of the request, sorted by name since net/http keeps no
// order, with the values of one name in theirs. Three fields that net/http takes
// out of the header come back, since the contract's header is as received: Host,
// Transfer-Encoding and Trailer.
func (c *carrier) header() gateway.Header {
	r := c.r
	names := c.names[:0]
	for name := range r.Header {
		names = append(names, name)
	}
	names = c.restore(names, "Host", r.Host != "" && r.ProtoMajor < 2)
	names = c.restore(names, "Transfer-Encoding", len(r.TransferEncoding) > 0 && r.ProtoMajor < 2)
	names = c.restore(names, "Trailer", len(r.Trailer) > 0)
	slices.Sort(names)
	n := 0
	for _, name := range names {
		n += max(len(r.Header[name]), 1)
	}
	fields := c.room(n)
	for _, name := range names {
		for _, value := range r.Header[name] {
			fields = append(fields, gateway.Field{Name: name, Value: value})
		}
		if len(r.Header[name]) == 0 {
			fields = append(fields, gateway.Field{Name: name, Value: c.removed(name)})
		}
	}
	c.names = names
	return fields
}

// fieldChunk is how many fields are allocated at a time: 4 KiB, as in http1.
const fieldChunk = 128

// room is memory for n fields, to be filled once. Whoever keeps a Header keeps it as it
// is, so that what was handed out is never written again; that of many requests comes
// from one allocation. Its capacity is n: an append by the application copies. hot path
func (c *carrier) room(n int) gateway.Header {
	if n > fieldChunk/4 {
		return make(gateway.Header, 0, n)
	}
	if len(c.fields) < n {
		c.fields = make([]gateway.Field, fieldChunk)
	}
	h := c.fields[:0:n]
	c.fields = c.fields[n:]
	return h
}

// restore lists a field that net/http has removed, if it was there.
func (c *carrier) restore(names []string, name string, was bool) []string {
	if _, ok := c.r.Header[name]; ok || !was {
		return names
	}
	return append(names, name)
}

// removed is the value of a field that net/http has taken out of the header.
func (c *carrier) removed(name string) string {
	switch name {
	case "Host":
		return c.r.Host
	case "Transfer-Encoding":
		return strings.Join(c.r.TransferEncoding, ", ")
	}
	announced := make([]string, 0, len(c.r.Trailer))
	for name := range c.r.Trailer {
		announced = append(announced, name)
	}
	slices.Sort(announced)
	return strings.Join(announced, ", ")
}

// of is the address that text stands for: what net/http wrote down from the
// connection, or what middleware put in its place, often without a port.
func (p *peer) of(text string, local net.Addr) net.Addr {
	if p.addr != nil && p.text == text {
		return p.addr
	}
	p.text = text
	p.addr = parseAddr(text)
	if _, ok := local.(*net.UnixAddr); ok {
		p.addr = &net.UnixAddr{Net: "unix", Name: text}
	}
	return p.addr
}

func parseAddr(text string) net.Addr {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return net.TCPAddrFromAddrPort(both)
	}
	if ip, err := netip.ParseAddr(text); err == nil {
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, 0))
	}
	return textAddr(text)
}

// A textAddr is an address that only its giver understands.
type textAddr string

func (a textAddr) Network() string { return "tcp" }
func (a textAddr) String() string  { return string(a) }
