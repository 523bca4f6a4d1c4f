package http1

import "github.com/dewar-go/dewar/gateway"

// A Parser reads request heads from the buffer of one connection.
//
// # Theory
//
// A head is read once, byte by byte, by a machine that can stop at any byte. Its
// phases follow the grammar:
//
//	HTTP-message = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]
//
//	phaseStart ─► phaseMethod ─► phaseTarget ─► phaseVersion ─► phaseFields ─► phaseStart
//	   CRLF?         token SP      octets SP     HTTP/1.1 CRLF     section
//
// While bytes are missing the Parser keeps offsets into the caller's buffer, never
// the bytes, so that nothing is copied before the head is known to be good. Every
// byte is judged when it is passed, so a head is refused at its first byte that no
// good head can have there: the answer depends on the bytes alone and not on how
// they were cut into packets. A limit is the end of the window that a scan may look
// at, so it works the same way.
//
// When the head is whole, its bytes are copied once, into an arena, and all of the
// request's strings are cut from that copy. Most heads on a kept connection repeat
// the one before in whole, from the first field on, or but for a field or two (see
// previous.revise). The Parser therefore compares first: what is equal byte for byte
// means the same, and the strings, fields and conclusions of the previous head serve
// again. They were never writable.
//
// # Example
//
// GET /a?b HTTP/1.1 ␍␊ Host: x ␍␊ ␍␊ arrives in two parts, cut behind "Ho":
//
//	first Parse    phaseMethod   stops at 3, SP           method [0:3]
//	               phaseTarget   stops at 8, SP           target [4:8], query at 6
//	               phaseVersion  9 to 19 are the version and CRLF
//	               phaseFields   inName stops at 21, the end of the buffer; 0, nil
//	second Parse   inName goes on at 21, stops at 23, ':'   name [19:23]
//	               inGap         skips one space
//	               inValue       stops at 26, CR          value [25:26]
//	               atLine        CR LF: the section ends   30, nil
//
// The zero value is ready. A Parser is used by one goroutine at a time.
type Parser struct {
	phase phase
	last  *previous // the head before, nil where there is none
	now   *reading  // the head between phaseStart and its end, else nil
	err   error     // of phaseFailed; every later call repeats it

	// Limits are in force for each head that begins after they were set.
	Limits Limits
}

type phase uint8

const (
	phaseStart   phase = iota // nothing but an empty line has come
	phaseMethod               // in the method
	phaseTarget               // in the request target
	phaseVersion              // in the version
	phaseFields               // in the header section
	phaseFailed               // there is no way on: the connection has to close
)

// Parse reads one head from the start of buf, which is borrowed until it returns,
// and fills r (but for Scheme, Remote, Local, TLS and Time) and m. n is the length
// of the head with its empty line; the body begins behind it.
//
// n is 0 where buf does not hold the whole head: call again with the same bytes and
// more behind them, as soon as there are some. The bytes may have moved. What was
// read is not read again, so a head that comes in single bytes costs what it costs
// in one piece.
//
// An error is a *gateway.StatusError (400, 414, 417, 431, 501 or 505): answer it
// and close the connection. It comes with the first byte that is at fault, and
// again with every later call.
//
// hot path
func (p *Parser) Parse(buf []byte, r *gateway.Request, m *Message) (n int, err error) {
	if p.phase == phaseStart {
		begin, err := emptyLine(buf)
		if err != nil {
			return 0, p.fail(err)
		}
		if p.last.repeats(buf[begin:]) {
			p.last.header = p.last.base
			p.last.fill(r, m)
			return begin + len(p.last.line) + len(p.last.section), nil
		}
		if begin == len(buf) {
			return 0, nil
		}
		p.now = startReading(begin, p.Limits.withDefaults())
		p.phase = phaseMethod
	}
	n, err = p.read(buf)
	if err != nil {
		return 0, p.fail(err)
	}
	if n > 0 {
		p.last.fill(r, m)
	}
	return n, nil
}

// Idle reports whether no byte of a head has come since the last one ended, an
// empty line aside: the connection may close without losing a request.
func (p *Parser) Idle() bool { return p.phase == phaseStart }

// Forget lets go of the previous head and of the memory that it holds, some
// kilobytes where heads vary. Parse is as right after it, and once slower: it is
// for connections that have been idle for long.
func (p *Parser) Forget() { p.last = nil }

// Reset makes p ready for another connection. Limits stay.
func (p *Parser) Reset() {
	p.stop()
	*p = Parser{Limits: p.Limits}
}

func (p *Parser) fail(err error) error {
	p.stop()
	p.phase, p.err = phaseFailed, err
	return err
}

// stop gives the scratch memory back.
func (p *Parser) stop() {
	if p.now != nil {
		p.now.release()
		p.now = nil
	}
}

// emptyLine passes one CRLF before a head, left over by old clients behind a body
// (RFC 9112 §2.2). A second one is no accident.
func emptyLine(buf []byte) (begin int, err error) {
	if len(buf) == 0 || buf[0] != '\r' {
		return 0, nil
	}
	if len(buf) > 1 && buf[1] != '\n' {
		return 0, bareCR(buf[1])
	}
	if len(buf) > 2 && buf[2] == '\r' {
		return 0, fault(400, "RFC 9112 §2.2", "request line expected after one empty line, got CR")
	}
	return min(len(buf), 2), nil
}

// read takes the head on from its phase; n is its length where it is whole.
func (p *Parser) read(buf []byte) (n int, err error) {
	w := p.now
	switch p.phase {
	case phaseFailed:
		return 0, p.err

	case phaseMethod:
		if ok, err := w.readMethod(buf); !ok {
			return 0, err
		}
		p.phase = phaseTarget
		fallthrough

	case phaseTarget:
		if ok, err := w.readTarget(buf); !ok {
			return 0, err
		}
		p.phase = phaseVersion
		fallthrough

	case phaseVersion:
		if ok, err := w.readVersion(buf); !ok {
			return 0, err
		}
		section := buf[w.fields.begin:]
		if p.last.repeatsSection(section) {
			return p.finish(buf, len(p.last.section), p.last.base)
		}
		if n, header := p.last.revise(section, w); n > 0 {
			return p.finish(buf, n, header)
		}
		p.phase = phaseFields
		fallthrough

	case phaseFields:
		if ok, err := w.readFields(buf); !ok {
			return 0, err
		}
		p.learn(buf[w.fields.begin:w.fields.pos])
		return p.finish(buf, len(p.last.section), p.last.base)
	}
	panic("http1: no such phase")
}

// learn makes a header section that was read the one that the next ones are compared
// with.
func (p *Parser) learn(section []byte) {
	if p.last == nil {
		p.last = new(previous)
	}
	w, last := p.now, p.last
	last.section, last.revisions = w.arena.string(section), 0
	last.base = w.arena.header(len(w.spans))
	fill(last.base, w.spans, last.section, w.fields.begin)
	last.facts = w.facts
	if last.changed >= len(last.base) {
		last.changed = 0
	}
}

// finish concludes the message, whose section has n bytes and these fields, and makes
// its head the previous one.
func (p *Parser) finish(buf []byte, n int, header gateway.Header) (int, error) {
	w, last := p.now, p.last
	m, err := last.facts.message(w.minor)
	if err != nil {
		return 0, err
	}
	last.line = w.arena.string(buf[w.begin:w.fields.begin])
	last.header, last.message = header, m
	last.conclude(w)
	n += w.fields.begin
	p.stop()
	p.phase = phaseStart
	return n, nil
}
