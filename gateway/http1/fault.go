package http1

import (
	"fmt"
	"strconv"

	"github.com/dewar-go/dewar/gateway"
)

// fault is an error for the peer: status, the rule that was broken, and one line
// that says what was expected and what came.
//
//go:noinline
func fault(status int, section, format string, args ...any) error {
	return &gateway.StatusError{Status: status, Section: section, Reason: fmt.Sprintf(format, args...)}
}

// shown is the most bytes of a peer's input that an error text repeats.
const shown = 40

// quote shows received bytes in an error text: escaped to ASCII and shortened, so
// that the text can be logged and sent as it is.
func quote(b []byte) string {
	if len(b) > shown {
		return strconv.QuoteToASCII(string(b[:shown])) + "..."
	}
	return strconv.QuoteToASCII(string(b))
}

// quoteByte shows one received byte.
func quoteByte(c byte) string {
	switch c {
	case '\r':
		return "CR"
	case '\n':
		return "LF"
	case ' ':
		return "a space"
	case '\t':
		return "a tab"
	}
	if c > ' ' && c < 0x7f {
		return strconv.QuoteRune(rune(c))
	}
	return fmt.Sprintf("byte 0x%02X", c)
}
