package nethttp

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// checkHost refuses what is no host, or host and port (RFC 9110 §7.2). net/http looks
// at the bytes of a Host field, and over HTTP/2 for user information alone, as of Go
// 1.26: a name such as evil.example/.example.org has gone past lists of the names below
// a domain. "" is a request without one. hot path
func checkHost(host string) error {
	if host == "" || validHost(host) {
		return nil
	}
	return &gateway.StatusError{Status: 400, Section: "RFC 9110 §7.2", Reason: "host or host:port expected, got " + strconv.Quote(host[:min(len(host), 100)])}
}

// checkAgreement refuses a Host field of HTTP/2 beside an :authority that is another
// (RFC 9113 §8.3.1): two readers would answer for two hosts. net/http takes the field
// out of requests of HTTP/1. hot path
func checkAgreement(r *http.Request) error {
	if fields := r.Header["Host"]; r.ProtoMajor < 2 || len(fields) == 0 || len(fields) == 1 && fields[0] == r.Host {
		return nil
	}
	return &gateway.StatusError{Status: 400, Section: "RFC 9113 §8.3.1", Reason: "one host expected in :authority and Host, got several"}
}

func validHost(s string) bool {
	name, port := s, ""
	end := strings.IndexByte(s, ']') + 1
	if i := strings.IndexByte(s[end:], ':'); i >= 0 {
		name, port = s[:end+i], s[end+i+1:]
	}
	if end > 0 {
		if s[0] != '[' || len(name) != end {
			return false
		}
		a, err := netip.ParseAddr(name[1 : end-1])
		return err == nil && a.Is6() && a.Zone() == "" && validPort(port)
	}
	return name != "" && validName(name) && validPort(port)
}

// validName reports whether s is a reg-name (RFC 3986 §3.2.2).
func validName(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '-', c == '.', c == '_':
		case strings.IndexByte("~!$&'()*+,;=", c) >= 0:
		case c == '%' && i+2 < len(s) && hexadecimal(s[i+1]) && hexadecimal(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return true
}

func hexadecimal(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// validPort reports whether s is a port; it may be empty (RFC 3986 §3.2.3).
func validPort(s string) bool {
	n := 0
	for i := range len(s) {
		if n = 10*n + int(s[i]-'0'); s[i] < '0' || s[i] > '9' || n > 65535 {
			return false
		}
	}
	return true
}
