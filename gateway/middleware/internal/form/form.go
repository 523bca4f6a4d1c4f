// Package form looks into the form that a request carries, for middleware that needs
// one field of it before the handler reads all of it.
package form

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// Limit is how much of the content is looked through. net/http keeps 10 MiB of such
// a form and Django 2.5 MiB; a field that this is for is short, and stands first or
// in a form of modest size.
const Limit = 256 << 10

// maxValue is the length of a value that is returned.
const maxValue = 4 << 10

// Field returns the first value of a field among the first Limit bytes of a form,
// and leaves the content to be read by the handler as if nothing had happened. Where
// the content is no form, nothing is read. An error is one of reading.
func Field(x *gateway.Exchange, name string) (value string, ok bool, err error) {
	kind, params, err := mime.ParseMediaType(x.Request.Header.Value("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" && kind != "multipart/form-data" {
		return "", false, nil
	}
	begun, whole, err := begin(x)
	if err != nil {
		return "", false, err
	}
	if kind == "multipart/form-data" {
		value, ok = multipartField(begun, params["boundary"], name)
	} else {
		value, ok = urlencodedField(begun, whole, name)
	}
	return value, ok, nil
}

// begin reads the beginning of the content, and puts a transport in place that gives
// it to the handler.
func begin(x *gateway.Exchange) (begun []byte, whole bool, err error) {
	begun, err = io.ReadAll(io.LimitReader(x, Limit))
	if err != nil {
		return nil, false, err
	}
	whole = len(begun) < Limit
	err = x.WrapFiles(func(next gateway.Transport) gateway.Transport { return &replay{Transport: next, left: begun} })
	return begun, whole, err
}

// replay gives content that was read already before the rest of it.
type replay struct {
	gateway.Transport
	left []byte
}

func (r *replay) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		return r.Transport.Read(p)
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

// urlencodedField parses pairs as WHATWG URL §5.1 does. The last pair counts only
// where the form is whole.
func urlencodedField(b []byte, whole bool, name string) (string, bool) {
	for pair := range bytes.SplitSeq(b, []byte("&")) {
		last := len(pair) == len(b)
		b = b[min(len(b), len(pair)+1):]
		if last && !whole {
			return "", false
		}
		key, value, _ := strings.Cut(string(pair[:min(len(pair), maxValue)]), "=")
		if k, err := url.QueryUnescape(key); err != nil || k != name || len(pair) > maxValue {
			continue
		}
		v, err := url.QueryUnescape(value)
		return v, err == nil
	}
	return "", false
}

// multipartField looks for a part that is a field and no file (RFC 7578 §4.2).
func multipartField(b []byte, boundary, name string) (string, bool) {
	if boundary == "" {
		return "", false
	}
	parts := multipart.NewReader(bytes.NewReader(b), boundary)
	for {
		part, err := parts.NextRawPart()
		if err != nil {
			return "", false
		}
		if part.FormName() != name || part.FileName() != "" {
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, maxValue+1))
		if err != nil && !errors.Is(err, io.EOF) || len(value) > maxValue {
			return "", false
		}
		return string(value), true
	}
}
