package http1

// A chunkState is where a decoder stands in the chunked transfer coding.
//
// # Theory
//
// The coding (RFC 9112 §7.1) is a regular language but for the chunk data,
// whose length comes from the size line:
//
//	chunked-body = *chunk last-chunk trailer-section CRLF
//	chunk        = 1*HEXDIG *( ";" name [ "=" ( token / quoted-string ) ] ) CRLF
//	               chunk-data CRLF
//	last-chunk   = 1*"0" *( ";" ... ) CRLF
//
// So a table drives it: a state, the class of the next octet, the state behind it.
// What is not in the table is a fault, and the state says what was expected.
//
// The table leaves out the grammar's BWS around ; and =. RFC 9110 §5.6.3 wants a
// recipient to skip it; nobody is known to send it, but parsers that skip it in
// different ways have been played against each other, so it is refused. Every
// delimiter is matched, the two octets behind chunk data above all: a decoder that
// skips two octets there without looking reads other messages than its neighbour
// (CVE-2025-43859).
//
// # Example
//
//	octet  4     ␍       ␊     W i k i  ␍       ␊       0     ;      x      ␍       ␊           ␍        ␊
//	state  size  sizeLF  data  (4 left) dataLF  atSize  size  atExt  inExt  sizeLF  atTrailer   endLF    done
//
// Each state stands under the octet that leads to it. On the ␊ of a size line the
// size decides: data, or atTrailer for a size of 0.
type chunkState uint8

const (
	refused   chunkState = iota // not in the table: a fault
	atSize                      // at the first digit of a size
	inSize                      // behind a digit
	atExt                       // behind ;
	inExt                       // in an extension's name
	atExtVal                    // behind =
	inToken                     // in a value that is a token
	inQuoted                    // in a value that is a quoted-string
	inPair                      // behind \ in one
	pastQuote                   // behind the closing quote
	sizeLF                      // behind the CR of a size line
	inData                      // in chunk data
	dataCR                      // behind the last octet of chunk data
	dataLF                      // behind the CR of chunk data
	atTrailer                   // behind the last chunk's size line
	inTrailer                   // in a trailer section that is not empty
	endLF                       // behind the CR of the last empty line
	atDone                      // behind its LF: the next octet is not ours
	chunkStates
)

// octetClass groups the octets that the chunked grammar does not tell apart.
type octetClass uint8

const (
	classControl octetClass = iota
	classHex                // HEXDIG, also tchar
	classToken              // the other tchar
	classText               // the other visible octets and obs-text
	classBlank              // SP, HTAB
	classSemicolon
	classEquals
	classQuote
	classBackslash
	classCR
	classLF
	octetClasses
)

var classes = func() (t [256]octetClass) {
	for i := range t {
		switch c := byte(i); {
		case is(c, hexdig):
			t[i] = classHex
		case is(c, tchar):
			t[i] = classToken
		case blank(c):
			t[i] = classBlank
		case is(c, vchar):
			t[i] = classText
		}
	}
	t[';'], t['='], t['"'], t['\\'] = classSemicolon, classEquals, classQuote, classBackslash
	t['\r'], t['\n'] = classCR, classLF
	return t
}()

// chunkTable is the grammar above. inData, inTrailer and atDone have no row: they
// are left by counting, by a section and not at all.
var chunkTable = [chunkStates][octetClasses]chunkState{
	atSize:   {classHex: inSize},
	inSize:   {classHex: inSize, classSemicolon: atExt, classCR: sizeLF},
	atExt:    {classHex: inExt, classToken: inExt},
	inExt:    {classHex: inExt, classToken: inExt, classEquals: atExtVal, classSemicolon: atExt, classCR: sizeLF},
	atExtVal: {classHex: inToken, classToken: inToken, classQuote: inQuoted},
	inToken:  {classHex: inToken, classToken: inToken, classSemicolon: atExt, classCR: sizeLF},
	inQuoted: {
		classHex: inQuoted, classToken: inQuoted, classText: inQuoted, classBlank: inQuoted,
		classSemicolon: inQuoted, classEquals: inQuoted, classBackslash: inPair, classQuote: pastQuote,
	},
	inPair: {
		classHex: inQuoted, classToken: inQuoted, classText: inQuoted, classBlank: inQuoted,
		classSemicolon: inQuoted, classEquals: inQuoted, classBackslash: inQuoted, classQuote: inQuoted,
	},
	pastQuote: {classSemicolon: atExt, classCR: sizeLF},
	sizeLF:    {classLF: inData}, // atTrailer where the size is 0
	dataCR:    {classCR: dataLF},
	dataLF:    {classLF: atSize},
	atTrailer: {classCR: endLF}, // inTrailer on any other octet
	endLF:     {classLF: atDone},
}

// chunkExpected completes "... expected" for the error texts.
var chunkExpected = [chunkStates]struct{ what, section string }{
	atSize:    {"hexadecimal digits as chunk size", "RFC 9112 §7.1"},
	inSize:    {"a hexadecimal digit, ; or CRLF in the chunk size line", "RFC 9112 §7.1"},
	atExt:     {"the name of a chunk extension after ;", "RFC 9112 §7.1.1"},
	inExt:     {"a token, =, ; or CRLF in a chunk extension", "RFC 9112 §7.1.1"},
	atExtVal:  {"a token or a quoted string as value of a chunk extension", "RFC 9112 §7.1.1"},
	inToken:   {"a token, ; or CRLF in a chunk extension", "RFC 9112 §7.1.1"},
	inQuoted:  {"text or a closing quote in a chunk extension", "RFC 9110 §5.6.4"},
	inPair:    {"text after \\ in a chunk extension", "RFC 9110 §5.6.4"},
	pastQuote: {"; or CRLF after a chunk extension", "RFC 9112 §7.1.1"},
	sizeLF:    {"LF after the CR of a chunk size line", "RFC 9112 §7.1"},
	dataCR:    {"CRLF after the chunk data", "RFC 9112 §7.1"},
	dataLF:    {"LF after the CR behind the chunk data", "RFC 9112 §7.1"},
	endLF:     {"LF after the CR at the end of the chunked body", "RFC 9112 §7.1"},
}

// sizeDigits is the most digits a chunk size may have, leading zeros included:
// those of an int64, so that the value overflows one at most by its top bit.
const sizeDigits = 16

// A chunker is the state of a chunked body.
type chunker struct {
	state      chunkState
	digits     int   // of the size
	left       int64 // size, then what is left of the data
	line       int   // octets of the size line so far
	extensions int   // octets of all extensions so far
	trailer    *trailer
}

// step takes one octet that is no chunk data.
func (k *chunker) step(c byte, l *Limits) error {
	to := chunkTable[k.state][classes[c]]
	switch to {
	case refused:
		e := chunkExpected[k.state]
		return fault(400, e.section, "%s expected, got %s", e.what, quoteByte(c))
	case inSize:
		if err := k.size(c); err != nil {
			return err
		}
	case atExt, inExt, atExtVal, inToken, inQuoted, inPair, pastQuote:
		if k.extensions++; k.extensions > l.Extensions {
			return fault(400, "RFC 9112 §7.1.1", "chunk extensions of at most %d bytes in all expected, got more", l.Extensions)
		}
	case inData:
		k.digits, k.line = 0, 0
		if k.left == 0 {
			to = atTrailer
		}
	}
	if to >= inSize && to <= pastQuote { // the size line
		if k.line++; k.line > l.ChunkLine {
			return fault(400, "RFC 9112 §7.1.1", "chunk size line of at most %d bytes expected, got a longer one", l.ChunkLine)
		}
	}
	k.state = to
	return nil
}

// size adds one digit.
func (k *chunker) size(c byte) error {
	d := int64(c & 0xf)
	if c > '9' {
		d += 9
	}
	if k.digits++; k.digits > sizeDigits || k.left>>59 != 0 {
		return fault(400, "RFC 9112 §7.1", "chunk size of at most %d digits and below 2^63 expected, got a larger one", sizeDigits)
	}
	k.left = k.left<<4 | d
	return nil
}
