// Package etag gives answers an entity tag, and answers 304 to a client that has that
// state already: its content is not sent again.
//
//	h := gateway.Chain(app, compress.New(compress.Config{}), etag.New(etag.Config{}))
//
// The tag is made from the content, so that the handler runs all the same: what is
// saved is the way to the client. A handler that knows the state beforehand (a
// version, a time) sets ETag or Last-Modified itself; conditions are then judged by
// that. Streams and files pass as they are.
package etag

import (
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// Config says which answers get a tag. Its zero value is useful.
type Config struct {
	// MaxSize is the content's length in bytes up to which a tag is made of it; 0 is
	// 1 MiB. SHA-256 takes some 2 ms for that where the processor does not help.
	MaxSize int
	// Weak makes weak tags: for content that differs in what does not matter.
	Weak bool
}

// New returns the middleware.
func New(c Config) gateway.Middleware {
	if c.MaxSize == 0 {
		c.MaxSize = 1 << 20
	}
	return func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			err := next.Serve(x)
			if err == nil && !x.Started() {
				c.judge(x)
			}
			return err
		})
	}
}

// judge tags a successful answer to GET or HEAD and looks at the request's
// conditions (RFC 9110 §13.2.1: others had their effect before).
func (c *Config) judge(x *gateway.Exchange) {
	q, r := &x.Request, &x.Response
	if q.Method != "GET" && q.Method != "HEAD" || r.Status != 0 && r.Status != 200 {
		return
	}
	if len(r.Body) > 0 && len(r.Body) <= c.MaxSize && !r.Header.Has("ETag") && !semantics.ParseCacheControl(r.Header).NoStore {
		tag := semantics.ContentETag(r.Body)
		if c.Weak {
			tag = "W/" + tag
		}
		r.Header.Add("ETag", string(tag))
	}
	semantics.Apply(q, r, false)
}
