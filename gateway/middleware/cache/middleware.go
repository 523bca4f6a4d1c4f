package cache

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// Middleware returns middleware that answers from the cache. Several handlers may
// share one cache; what they answer under one URL must be the same.
func (c *Cache) Middleware() gateway.Middleware {
	return func(next gateway.Handler) gateway.Handler { return &front{c, next} }
}

// front is the cache before one handler.
type front struct {
	*Cache
	next gateway.Handler
}

// Startup has nothing to do; it makes front a Lifespan.
func (f *front) Startup(context.Context, gateway.ServerInfo) error { return nil }

// Shutdown waits for what runs in the background.
func (f *front) Shutdown(ctx context.Context) error {
	done := make(chan struct{})
	go func() { // ends with the refreshes, each of which ends after refreshTime
		f.refreshes.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Serve answers from the cache where it can.
func (f *front) Serve(x *gateway.Exchange) error {
	r := &x.Request
	if r.Method != "GET" && r.Method != "HEAD" || r.Length != 0 || r.Header.Has("Range") || r.Header.Has("Upgrade") { // content of GET is in no key
		return f.pass(x)
	}
	key := keyOf(r)
	e := f.find(key, r)
	switch e.state(r, f.config.Now()) {
	case fresh:
		f.give(x, e, "hit")
		return nil
	case usable:
		f.refresh(key, r)
		f.give(x, e, "hit; detail=stale")
		return nil
	case fallback:
		return f.orElse(x, key, e)
	}
	if semantics.ParseRequestCacheControl(r.Header).OnlyIfCached { // RFC 9111 §5.2.1.7
		return &gateway.StatusError{Status: 504, Reason: "the answer is not in the cache, and nothing else was asked for", Section: "RFC 9111 §5.2.1.7"}
	}
	return f.fetch(x, key)
}

// pass serves what is not from the cache. A change that succeeds makes what is kept
// for its address invalid (RFC 9111 §4.4).
func (f *front) pass(x *gateway.Exchange) error {
	err := f.next.Serve(x)
	switch x.Request.Method {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return err
	}
	if status := x.Response.Status; err == nil && status < 400 {
		f.Purge(keyOf(&x.Request))
	}
	return err
}

// fetch asks the handler, or waits for another request that does.
func (f *front) fetch(x *gateway.Exchange, key string) error {
	r := &x.Request
	if r.Method == "HEAD" || r.Header.Has("Authorization") || conditional(r) {
		return f.lead(x, key, nil) // its answer may not be one for others
	}
	fl, leads := f.join(key)
	if leads {
		return f.lead(x, key, fl)
	}
	if fl != nil {
		select {
		case <-fl.done:
		case <-x.Context().Done():
			return context.Cause(x.Context())
		}
		if e := f.find(key, r); e.state(r, f.config.Now()) == fresh {
			f.give(x, e, "hit; detail=collapsed")
			return nil
		}
	}
	return f.lead(x, key, nil)
}

// conditional reports whether the answer may be 304, which is none to keep.
func conditional(r *gateway.Request) bool {
	for i := range r.Header {
		switch name := r.Header[i].Name; {
		case gateway.EqualFold(name, "If-None-Match"), gateway.EqualFold(name, "If-Modified-Since"),
			gateway.EqualFold(name, "If-Match"), gateway.EqualFold(name, "If-Unmodified-Since"):
			return true
		}
	}
	return false
}

// lead lets the handler answer, and keeps a copy.
func (f *front) lead(x *gateway.Exchange, key string, fl *flight) error {
	if _, err := f.record(x, key, fl); err != nil {
		return err
	}
	return f.next.Serve(x)
}

// orElse is lead, but what is kept is better than an error (stale-if-error).
func (f *front) orElse(x *gateway.Exchange, key string, e *entry) error {
	rec, err := f.record(x, key, nil)
	if err != nil {
		return err
	}
	err = f.next.Serve(x)
	if x.Started() || errors.Is(err, gateway.ErrAbort) || !failed(err, x.Response.Status) {
		return err
	}
	rec.off = true
	f.give(x, e, "hit; detail=stale-if-error")
	return nil
}

func failed(err error, status int) bool {
	if s, ok := errors.AsType[*gateway.StatusError](err); ok {
		status = s.Status
	} else if err != nil {
		return true
	}
	return status == 500 || status >= 502 && status <= 504 // RFC 5861 §4
}

// give answers with what is kept, judged by the request's conditions.
func (f *front) give(x *gateway.Exchange, e *entry, how string) {
	h := append(x.Response.Header[:0], e.header...)
	h.Set("Age", strconv.FormatInt(int64(e.age(f.config.Now())/time.Second), 10)) // RFC 9111 §5.1
	h.Add("Cache-Status", "dewar; "+how)                                          // RFC 9211
	x.Response = gateway.Response{Status: e.status, Header: h, Body: e.body}
	semantics.Apply(&x.Request, &x.Response, false)
}
