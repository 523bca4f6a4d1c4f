package accesslog

import (
	"net"
	"net/netip"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// An Entry is what is known of an exchange that is over. All in it is borrowed from
// the exchange.
type Entry struct {
	Request *gateway.Request // of a refused one only Remote, Local and Time may be set
	Header  gateway.Header   // of the answer
	Route   string
	Outcome gateway.Outcome // Duration from Request.Time on
	First   time.Duration   // until the answer began, from Request.Time on; 0: it did not, or nobody looked

	// Line is what came in place of a request line, where no request could be read.
	Line string
}

// failed reports whether the exchange is of interest however many are logged.
func (e *Entry) failed() bool {
	return e.Outcome.Status >= 400 || e.Outcome.Aborted || e.Outcome.Err != nil
}

// appendHost appends the address without its port, as h and REMOTE_ADDR have it: only letters, digits and
// punctuation that need no escaping in any format.
func appendHost(b []byte, a net.Addr) []byte {
	switch a := a.(type) {
	case nil:
	case *net.TCPAddr:
		return a.AddrPort().Addr().Unmap().AppendTo(b)
	case *net.UnixAddr:
		return append(b, "unix:"...)
	default:
		if ap, err := netip.ParseAddrPort(a.String()); err == nil {
			return ap.Addr().Unmap().AppendTo(b)
		}
		return appendPlain(b, a.String())
	}
	return append(b, '-')
}

// appendPlain appends a name that some transport made up for an address.
func appendPlain(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '"' || c == '\\' {
			b = append(b, '?')
		} else {
			b = append(b, c)
		}
	}
	return b
}
