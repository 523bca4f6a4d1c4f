package client

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// A frame is what WebSocket messages are sent in (RFC 6455 §5.2). Its payload is not
// masked.
type frame struct {
	last    bool // of its message
	op      opcode
	payload []byte
}

type opcode byte

const (
	opContinue opcode = 0
	opText     opcode = 1
	opBinary   opcode = 2
	opClose    opcode = 8
	opPing     opcode = 9
	opPong     opcode = 10
)

func (op opcode) control() bool { return op&8 != 0 }

// The limits of WebSockets in tests, in bytes.
const (
	maxMessage = 16 << 20 // of one message. Precedent: Tornado, websocket_max_message_size, 10 MiB
	maxControl = 125      // of a control frame's payload (RFC 6455 §5.5)
)

// readFrame reads a frame of the peer that masks or does not, as masked says; most
// bounds its payload. What the specification forbids is an error.
func readFrame(r *bufio.Reader, masked bool, most int) (f frame, err error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return f, cut(err)
	}
	f.last, f.op = head[0]&0x80 != 0, opcode(head[0]&0x0f)
	switch {
	case head[0]&0x70 != 0:
		return f, fmt.Errorf("client: frame %#x has a reserved bit, but no extension was agreed on (RFC 6455 §5.2)", head[0])
	case f.op > opBinary && f.op < opClose || f.op > opPong:
		return f, fmt.Errorf("client: frame with the reserved opcode %d (RFC 6455 §5.2)", f.op)
	case masked != (head[1]&0x80 != 0):
		return f, fmt.Errorf("client: frame is masked: %v; clients mask and servers do not (RFC 6455 §5.1)", !masked)
	case f.op.control() && (!f.last || head[1]&0x7f > maxControl):
		return f, fmt.Errorf("client: control frame %d in pieces or longer than %d bytes (RFC 6455 §5.5)", f.op, maxControl)
	}
	n, err := readLength(r, head[1]&0x7f)
	if err != nil {
		return f, err
	}
	if n > uint64(most) {
		return f, fmt.Errorf("client: frame of %d bytes, with which the message is longer than %d", n, maxMessage)
	}
	var key [4]byte
	if masked {
		if _, err := io.ReadFull(r, key[:]); err != nil {
			return f, cut(err)
		}
	}
	var payload bytes.Buffer // grows with what comes: what is announced is not believed
	if _, err := io.CopyN(&payload, r, int64(n)); err != nil {
		return f, cut(err)
	}
	f.payload = payload.Bytes()
	if masked {
		mask(f.payload, key)
	}
	return f, nil
}

// readLength reads the length of a payload, of which the frame's second byte has the
// beginning: as few bytes as it needs (RFC 6455 §5.2).
func readLength(r *bufio.Reader, short byte) (uint64, error) {
	if short < 126 {
		return uint64(short), nil
	}
	var b [8]byte
	size, least := 2, uint64(126)
	if short == 127 {
		size, least = 8, 1<<16
	}
	if _, err := io.ReadFull(r, b[8-size:]); err != nil {
		return 0, cut(err)
	}
	n := binary.BigEndian.Uint64(b[:])
	if n < least || n>>63 != 0 {
		return 0, fmt.Errorf("client: the length %d of a frame is written with %d bytes (RFC 6455 §5.2)", n, size)
	}
	return n, nil
}

// cut is the error of a connection that ends without a Close frame.
func cut(err error) error {
	return fmt.Errorf("%w without a Close frame (RFC 6455 §7.1.1): %w", ErrTruncated, err)
}

// append encodes the frame; key is nil for a server, which does not mask.
func (f frame) append(b []byte, key *[4]byte) []byte {
	first, second := byte(f.op), byte(0)
	if f.last {
		first |= 0x80
	}
	if key != nil {
		second = 0x80
	}
	b = append(b, first)
	switch n := len(f.payload); {
	case n < 126:
		b = append(b, second|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, second|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, second|127), uint64(n))
	}
	if key != nil {
		b = append(b, key[:]...)
	}
	b = append(b, f.payload...)
	if key != nil {
		mask(b[len(b)-len(f.payload):], *key)
	}
	return b
}

// mask masks b, or unmasks it (RFC 6455 §5.3).
func mask(b []byte, key [4]byte) {
	for i := range b {
		b[i] ^= key[i%4]
	}
}

// A ClosedError is the end of a WebSocket that the server has closed (RFC 6455 §7.1.5).
type ClosedError struct {
	Code   int // 1005 where the server gave none
	Reason string
}

// Error names the code and the reason.
func (e *ClosedError) Error() string {
	return fmt.Sprintf("client: the server closed the WebSocket with %d %q", e.Code, e.Reason)
}

const noStatus = 1005 // RFC 6455 §7.4.1: never sent

// parseClose reads the payload of a Close frame (RFC 6455 §5.5.1).
func parseClose(payload []byte) (*ClosedError, error) {
	if len(payload) == 0 {
		return &ClosedError{Code: noStatus}, nil
	}
	if len(payload) == 1 {
		return nil, errors.New("client: Close frame with half a code (RFC 6455 §5.5.1)")
	}
	code := int(binary.BigEndian.Uint16(payload))
	reason := string(payload[2:])
	if !sendable(code) {
		return nil, fmt.Errorf("client: Close frame with the code %d (RFC 6455 §7.4)", code)
	}
	if !utf8.ValidString(reason) {
		return nil, errors.New("client: Close frame with a reason that is not UTF-8 (RFC 6455 §5.5.1)")
	}
	return &ClosedError{code, reason}, nil
}

// sendable reports whether a Close frame may have a code: those of RFC 6455 §7.4.1 and
// of IANA's registry as of 2024, and those for libraries and applications.
func sendable(code int) bool {
	switch {
	case code >= 3000 && code <= 4999:
		return true
	case code < 1000 || code > 1014:
		return false
	}
	return code != 1004 && code != noStatus && code != 1006
}
