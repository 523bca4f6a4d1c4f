package http1

import (
	"bytes"
	"math"

	"github.com/dewar-go/dewar/gateway"
)

// facts are what a header section says about framing and connection, independent of
// the request line above it, so that a section that repeats is read once.
type facts struct {
	hostAt    int   // 1 + the Host field's place in the header; 0: there is none
	length    int64 // Content-Length
	hasLength bool
	chunked   bool
	hasType   bool
	close     bool // Connection: close
	keep      bool // Connection: keep-alive
	upgrade   bool // Connection: upgrade
	protocol  bool // an Upgrade field
	expects   bool // Expect: 100-continue
	unmet     bool // Expect: anything else
}

// note takes the facts from field line number i as soon as it is complete.
//
// hot path: the length of the name rules out nearly all fields.
func (k *facts) note(i int, name, value []byte) error {
	switch len(name) {
	case len("Host"):
		if foldBytes(name, "host") {
			return k.noteHost(i, value)
		}
	case len("Expect"):
		if foldBytes(name, "expect") {
			k.noteExpect(value)
		}
	case len("Upgrade"):
		if foldBytes(name, "upgrade") {
			k.protocol = true
		}
	case len("Connection"):
		if foldBytes(name, "connection") {
			k.noteConnection(value)
		}
	case len("Content-Type"):
		if foldBytes(name, "content-type") {
			return k.noteType()
		}
	case len("Content-Length"):
		if foldBytes(name, "content-length") {
			return k.noteLength(value)
		}
	case len("Transfer-Encoding"):
		if foldBytes(name, "transfer-encoding") {
			return k.noteCoding(value)
		}
	}
	return nil
}

// steers reports whether note looks at the value of a field of that name: another value
// can be another message.
func steers(name string) bool {
	switch len(name) {
	case len("Host"), len("Expect"), len("Connection"), len("Content-Length"), len("Transfer-Encoding"):
		return gateway.EqualFold(name, "Host") || gateway.EqualFold(name, "Expect") || gateway.EqualFold(name, "Connection") ||
			gateway.EqualFold(name, "Content-Length") || gateway.EqualFold(name, "Transfer-Encoding")
	}
	return false
}

// noteHost: one Host at most, and a valid one (RFC 9112 §3.2).
func (k *facts) noteHost(i int, value []byte) error {
	if k.hostAt != 0 {
		return fault(400, "RFC 9112 §3.2", "one Host field expected, got several")
	}
	k.hostAt = i + 1
	port, err := authority(value)
	if err == nil && port == 1 {
		err = fault(400, "RFC 9110 §7.2", "host before the port expected in the Host field, got %s", quote(value))
	}
	return err
}

// noteType: two types of one content let two readers take it for different things
// (RFC 9110 §8.3).
func (k *facts) noteType() error {
	if k.hasType {
		return fault(400, "RFC 9110 §8.3", "one Content-Type field expected, got several")
	}
	k.hasType = true
	return nil
}

// noteLength: 1*DIGIT, once. RFC 9110 §8.6 lets a recipient repair a repeated equal
// value; recipients that repair differently are how requests are smuggled.
func (k *facts) noteLength(value []byte) error {
	if k.hasLength {
		return fault(400, "RFC 9112 §6.3", "one Content-Length field expected, got several")
	}
	k.hasLength = true
	if len(value) == 0 {
		return fault(400, "RFC 9110 §8.6", "decimal digits expected as Content-Length, got nothing")
	}
	for _, c := range value {
		if !is(c, digit) {
			return fault(400, "RFC 9110 §8.6", "decimal digits expected as Content-Length, got %s in %s", quoteByte(c), quote(value))
		}
		d := int64(c - '0')
		if k.length > (math.MaxInt64-d)/10 {
			return fault(400, "RFC 9110 §8.6", "Content-Length of at most %d expected, got %s", int64(math.MaxInt64), quote(value))
		}
		k.length = k.length*10 + d
	}
	return nil
}

// noteCoding: chunked, once, alone. In a request chunked has to be the last coding,
// or nobody knows where the body ends: 400 and close (RFC 9112 §6.3). Codings
// before it can be well-formed and yet nothing that we speak: 501 (RFC 9112 §6.1).
func (k *facts) noteCoding(value []byte) error {
	if k.chunked {
		return fault(400, "RFC 9112 §6.1", "one Transfer-Encoding field expected, got several")
	}
	if foldBytes(value, "chunked") {
		k.chunked = true
		return nil
	}
	for rest := value; ; {
		coding, behind, more := bytes.Cut(rest, []byte(","))
		coding = bytes.Trim(coding, " \t")
		chunked := foldBytes(coding, "chunked")
		switch {
		case !gateway.ValidName(string(coding)), !more && !chunked:
			return fault(400, "RFC 9112 §6.3", "chunked expected as the last transfer coding, got %s", quote(value))
		case !more:
			return fault(501, "RFC 9112 §6.1", "chunked alone expected, the one transfer coding that is implemented, got %s", quote(value))
		case chunked:
			return fault(400, "RFC 9112 §6.1", "chunked expected once and as the last transfer coding, got %s", quote(value))
		}
		rest = behind
	}
}

// noteConnection looks for the three options that concern a server (RFC 9110
// §7.6.1). Others name fields that end here, which no origin server has to heed.
func (k *facts) noteConnection(value []byte) {
	if foldBytes(value, "keep-alive") { // nearly always
		k.keep = true
		return
	}
	for option := range bytes.SplitSeq(value, []byte(",")) {
		option = bytes.Trim(option, " \t")
		k.close = k.close || foldBytes(option, "close")
		k.keep = k.keep || foldBytes(option, "keep-alive")
		k.upgrade = k.upgrade || foldBytes(option, "upgrade")
	}
}

// noteExpect: 100-continue is the one expectation that is defined (RFC 9110
// §10.1.1).
func (k *facts) noteExpect(value []byte) {
	for e := range bytes.SplitSeq(value, []byte(",")) {
		e = bytes.Trim(e, " \t")
		k.expects = k.expects || foldBytes(e, "100-continue")
		k.unmet = k.unmet || len(e) > 0 && !foldBytes(e, "100-continue")
	}
}

// message concludes from the facts and the version what the connection has to do,
// in the order of RFC 9112 §6.3.
func (k *facts) message(minor int) (m Message, err error) {
	switch {
	case k.chunked && minor == 0:
		return m, fault(400, "RFC 9112 §6.1", "no Transfer-Encoding expected in HTTP/1.0, got one")
	case k.chunked && k.hasLength:
		return m, fault(400, "RFC 9112 §6.3", "Content-Length or Transfer-Encoding expected, got both")
	case k.hostAt == 0 && minor > 0:
		return m, fault(400, "RFC 9112 §3.2", "Host field expected in HTTP/1.1, got none")
	case k.unmet && minor > 0:
		return m, fault(417, "RFC 9110 §10.1.1", "100-continue expected as the only expectation, got another")
	case k.chunked:
		m.Body, m.Length = Chunked, -1
	case k.length > 0:
		m.Body, m.Length = Fixed, k.length
	}
	m.Minor = minor
	m.KeepAlive = !k.close && (minor > 0 || k.keep)
	m.Continue = k.expects && minor > 0 && m.Body != None
	m.Upgrade = k.upgrade && k.protocol && minor > 0
	return m, nil
}

// foldBytes is gateway.EqualFold for bytes against a lower-case word.
func foldBytes(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i := range len(lower) {
		c := b[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
