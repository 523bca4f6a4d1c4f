package signing

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"sync"
)

// ErrPayload says that the value of a token is not what Pack made.
var ErrPayload = errors.New("signing: payload is malformed")

// MaxPayload bounds what Unpack inflates a payload to, in bytes. Whoever made it had
// a key, but a key may leak, and a cookie of 4 KB can hold 4 MB of zeros.
const MaxPayload = 1 << 20

// Pack makes a URL-safe value of any bytes, as itsdangerous' URLSafeSerializer does:
// base64, after zlib and behind a dot where that is shorter.
func Pack(data []byte) []byte {
	packed := compress(data)
	if len(packed) >= len(data)-1 {
		return base64.RawURLEncoding.AppendEncode(nil, data)
	}
	return base64.RawURLEncoding.AppendEncode([]byte{'.'}, packed)
}

// Unpack reverses Pack. The error is ErrPayload.
func Unpack(value []byte) ([]byte, error) {
	text, compressed := bytes.CutPrefix(value, []byte{'.'})
	data, err := base64.RawURLEncoding.AppendDecode(nil, text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	if !compressed {
		return data, nil
	}
	r, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	data, err = io.ReadAll(io.LimitReader(r, MaxPayload+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	if len(data) > MaxPayload {
		return nil, fmt.Errorf("%w: it inflates to more than %d bytes", ErrPayload, MaxPayload)
	}
	return data, nil
}

// worthwhile is the length below which zlib, with its 6 bytes around the data and
// its codes, saves nothing on JSON.
const worthwhile = 48

var writers = sync.Pool{New: func() any { return zlib.NewWriter(nil) }}

// compress returns data deflated, or data itself where it is too short to try.
func compress(data []byte) []byte {
	if len(data) < worthwhile {
		return data
	}
	var b bytes.Buffer
	w := writers.Get().(*zlib.Writer)
	defer writers.Put(w)
	w.Reset(&b)
	if _, err := w.Write(data); err != nil {
		return data
	}
	if err := w.Close(); err != nil {
		return data
	}
	return b.Bytes()
}
