package secure

import (
	"context"
	"crypto/rand"
	"encoding/base64"

	"github.com/dewar-go/dewar/gateway"
)

// key is what an exchange keeps its nonce under.
type key struct{}

// A nonce is a number that is used for one answer, made when it is first asked for.
type nonce struct{ text string }

// value is 144 random bits: more than the 128 that CSP Level 3 §7.1 asks for, and no
// padding in base64.
func (n *nonce) value() string {
	if n.text == "" {
		var b [18]byte
		rand.Read(b[:]) // cannot fail, as of Go 1.24
		n.text = base64.RawURLEncoding.EncodeToString(b[:])
	}
	return n.text
}

// Nonce returns the nonce of the answer that ctx belongs to, "" where no policy with
// one is around: the function for templates.Config.Nonce. ctx is a framework.Context
// or derived from one.
func Nonce(ctx context.Context) string {
	if n, ok := ctx.Value(key{}).(*nonce); ok {
		return n.value()
	}
	return ""
}

// Of is Nonce for handlers without a framework.
func Of(x *gateway.Exchange) string {
	if n, ok := x.Value(key{}).(*nonce); ok {
		return n.value()
	}
	return ""
}
