package forwarded

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// A node is somebody on the way: who connected, or what a list says of one (RFC 7239
// §6).
type node struct {
	kind nodeKind
	addr netip.Addr // without zone, IPv4 as such
	port uint16     // 0: not told
	text string     // of an unknown node
}

type nodeKind uint8

const (
	unknownNode nodeKind = iota
	addressNode
	unixNode
)

// Unknown is the address of a client that a trusted proxy would not or could not
// name: "unknown", or a name that it made up (RFC 7239 §6.2, §6.3). It is no address
// of the network, so that no list of addresses holds it.
type Unknown string

// Network is "unknown".
func (Unknown) Network() string { return "unknown" }

// String is what the proxy wrote.
func (u Unknown) String() string { return string(u) }

// peer is who connected.
func peer(a net.Addr) node {
	switch a := a.(type) {
	case *net.TCPAddr:
		ap := a.AddrPort()
		return address(ap.Addr(), ap.Port())
	case *net.UnixAddr:
		return node{kind: unixNode}
	}
	return node{}
}

// address folds what is one address in several spellings: IPv4 in IPv6 (RFC 4291
// §2.5.5.2) and zones, which mean something on one machine only (RFC 4007 §11.2).
func address(a netip.Addr, port uint16) node {
	if !a.IsValid() {
		return node{}
	}
	return node{kind: addressNode, addr: a.Unmap().WithZone(""), port: port}
}

// parseNode reads one element. ok is false for what no proxy writes. The forms are
// those of RFC 7239 §6, and those seen in X-Forwarded-For: an IPv6 address without
// brackets, and nginx's "unix:".
func parseNode(s string) (n node, ok bool) {
	switch {
	case gateway.EqualFold(s, "unknown"):
		return node{text: s}, true
	case s == "unix:":
		return node{kind: unixNode, text: s}, true
	case strings.HasPrefix(s, "_"):
		name, port, _ := strings.Cut(s, ":")
		_, ok := parsePort(port)
		return node{text: s}, obfuscated(name) && (ok || port == "")
	}
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 || end+1 < len(s) && s[end+1] != ':' || end+2 == len(s) {
			return n, false
		}
		host = s[1:end]
		port = strings.TrimPrefix(s[end+1:], ":")
		if strings.IndexByte(host, ':') < 0 {
			return n, false
		}
	} else if i := strings.IndexByte(s, ':'); i >= 0 && strings.IndexByte(s[i+1:], ':') < 0 {
		host, port = s[:i], s[i+1:]
		if port == "" {
			return n, false
		}
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return n, false
	}
	p, ok := parsePort(port)
	return address(a, p), ok || port == ""
}

// obfuscated reports whether s is a name that a proxy made up (RFC 7239 §6.3).
func obfuscated(s string) bool {
	for i := 1; i < len(s); i++ {
		if c := s[i]; !alphanumeric(c) && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return len(s) > 1 && s[0] == '_'
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// parsePort reads a port, or a made-up one as 0 (RFC 7239 §6).
func parsePort(s string) (uint16, bool) {
	if obfuscated(s) {
		return 0, true
	}
	if s == "" || s[0] < '0' || s[0] > '9' || len(s) > 5 {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return uint16(n), err == nil && n > 0
}

// A client is the memory of what replaces a request's own facts, in one piece.
type client struct {
	via  gateway.Via
	addr net.TCPAddr
	ip   [16]byte
	unix net.UnixAddr
}

// netAddr is n as a Request has it.
func (c *client) netAddr(n node) net.Addr {
	switch n.kind {
	case unixNode:
		c.unix.Net = "unix"
		return &c.unix
	case unknownNode:
		return Unknown(n.text)
	}
	c.ip = n.addr.As16()
	c.addr.IP, c.addr.Port = c.ip[:], int(n.port)
	if n.addr.Is4() {
		c.addr.IP = c.ip[12:]
	}
	return &c.addr
}
