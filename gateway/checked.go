package gateway

import (
	"fmt"
	"strconv"

	"github.com/dewar-go/dewar/gateway/internal/octet"
)

// checked is the fields that were found valid last, each at the place where it stood.
// An application's answers mostly carry the same strings, constants and what is made
// once, so that those need not be looked at again.
type checked [8]Field // Content-Length is never here: its value counts

// validate is Header.validate. hot path
func (c *checked) validate(h Header) (length int64, err error) {
	length = -1
	for i := range h {
		f := &h[i]
		if i < len(c) && f.same(&c[i]) {
			continue
		}
		if err := f.validate(); err != nil {
			return -1, err
		}
		if f.isContentLength() {
			n, err := strconv.ParseUint(f.Value, 10, 63)
			if err != nil || length >= 0 {
				return -1, fmt.Errorf("gateway: Content-Length %.40q is not one decimal number (RFC 9110 §8.6)", f.Value)
			}
			length = int64(n)
		} else if i < len(c) {
			c[i] = *f
		}
	}
	return length, nil
}

// same reports whether f is g, string by string, and g is a field at all.
func (f *Field) same(g *Field) bool {
	return g.Name != "" && octet.Same(f.Name, g.Name) && octet.Same(f.Value, g.Value)
}

// validate checks one field of a response, but for the value of Content-Length.
func (f *Field) validate() error {
	if !ValidName(f.Name) {
		return fmt.Errorf("gateway: field name %.40q is not a token (RFC 9110 §5.6.2)", f.Name)
	}
	if !ValidValue(f.Value) {
		return fmt.Errorf("gateway: value of field %s has a control byte or outer white space: %.40q (RFC 9110 §5.5)", f.Name, f.Value)
	}
	if hopByHop(f.Name) {
		return fmt.Errorf("gateway: field %s belongs to the connection, which is the server's; see Response.Close (RFC 9110 §7.6.1)", f.Name)
	}
	return nil
}

func (f *Field) isContentLength() bool {
	return len(f.Name) == len("Content-Length") && EqualFold(f.Name, "Content-Length")
}
