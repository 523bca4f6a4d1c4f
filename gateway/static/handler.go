package static

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// A Handler sends files. Make one with New.
type Handler struct {
	files  fs.FS
	config Config
	cache  cache
}

// New returns a Handler for the files of an fs.FS.
func New(files fs.FS, config Config) *Handler {
	h := &Handler{files: files, config: config.withDefaults()}
	h.cache.max, h.cache.limit = h.config.MaxFiles, max(h.config.MaxMemory, 0)
	return h
}

// Serve sends the file that the request's path names; it makes Handler a
// gateway.Handler.
func (h *Handler) Serve(x *gateway.Exchange) error { return h.Send(x, x.Request.Path) }

// Send sends the file that an escaped path names, which begins with a slash: what
// follows the prefix of a route, for one. Where there is none the error is a
// *gateway.StatusError with 404. hot path
func (h *Handler) Send(x *gateway.Exchange, path string) error {
	switch x.Request.Method {
	case "GET", "HEAD":
	case "OPTIONS":
		x.Response.Status = 204
		x.Response.Header.Set("Allow", "GET, HEAD, OPTIONS")
		return nil
	default:
		return refuseMethod(x)
	}
	now := x.Request.Time
	if now.IsZero() {
		now = time.Now()
	}
	e := h.cached(path, now)
	if e == nil {
		var err error
		if e, err = h.resolve(x, path, now); e == nil {
			return err
		}
	}
	defer e.release()
	return e.choose(x.Request.Header).send(x)
}

// refuseMethod answers 405, which names what is allowed (RFC 9110 §15.5.6).
func refuseMethod(x *gateway.Exchange) error {
	x.Response = gateway.Response{
		Status: 405,
		Header: gateway.Header{{Name: "Allow", Value: "GET, HEAD, OPTIONS"}, {Name: "Content-Type", Value: "text/plain; charset=utf-8"}},
		Body:   []byte("405 Method Not Allowed\n"),
	}
	return nil
}

// cached returns the entry of a path, held, where there is one that is still right.
// hot path
func (h *Handler) cached(path string, now time.Time) *entry {
	e := h.cache.find(path)
	if e == nil {
		return nil
	}
	if !e.current(h.files, now) {
		h.cache.remove(path, e)
		e.release()
		return nil
	}
	e.used.Store(now.Unix())
	return e
}

// keep loads what name stands for and makes it the entry of a path, held.
func (h *Handler) keep(path, name string, now time.Time) (*entry, error) {
	e, err := h.load(name, now)
	if err == nil {
		e.used.Store(now.Unix())
		h.cache.put(path, e)
	}
	return e, err
}

// errNotFound says that a path leads to no file.
var errNotFound = &gateway.StatusError{Status: 404}

// resolve finds what a path stands for: a file, a folder's index, the fallback. It
// returns nil where it has answered, or the error says that there is nothing.
func (h *Handler) resolve(x *gateway.Exchange, escaped string, now time.Time) (*entry, error) {
	if escaped == "" { // a mount asked for without its slash
		return nil, redirect(x)
	}
	name, folder, ok := nameOf(escaped, h.config.Hidden)
	if !ok {
		return nil, errNotFound
	}
	err := errNotRegular
	if !folder {
		var e *entry
		if e, err = h.keep(escaped, name, now); err == nil {
			return e, nil
		}
	}
	if errors.Is(err, errNotRegular) {
		index := path.Join(name, h.config.Index)
		if !folder {
			if info, err := fs.Stat(h.files, index); err == nil && info.Mode().IsRegular() {
				return nil, redirect(x)
			}
		}
		var e *entry
		if e, err = h.keep(escaped, index, now); err == nil {
			return e, nil
		}
	}
	if outOfService(err) {
		return nil, err
	}
	return h.fallback(x, escaped, now)
}

// fallback returns the page that stands for all, where the client may be meant to
// get it.
func (h *Handler) fallback(x *gateway.Exchange, escaped string, now time.Time) (*entry, error) {
	name := h.config.Fallback
	if name == "" || !asksForPage(escaped) || !takesHTML(x.Request.Header) {
		return nil, errNotFound
	}
	const key = "fallback" // no path is like this: they begin with a slash
	if e := h.cached(key, now); e != nil {
		return e, nil
	}
	return h.keep(key, name, now)
}

func takesHTML(h gateway.Header) bool {
	a := semantics.AcceptMedia(h)
	return !a.Present() || a.Weight("text/html") > 0
}

// redirect sends a request for a folder to the address with a slash, below which its
// index's links are right. No segment of the path is empty, so that it names no host.
func redirect(x *gateway.Exchange) error {
	r := &x.Request
	to := r.Root + r.Path + "/"
	if r.Query != "" {
		to += "?" + r.Query
	}
	x.Response = gateway.Response{Status: 308, Header: gateway.Header{{Name: "Location", Value: to}}}
	return nil
}

// Startup has nothing to do; it makes Handler a gateway.Lifespan.
func (h *Handler) Startup(context.Context, gateway.ServerInfo) error { return nil }

// Shutdown closes the files that are kept open. The Handler can be used again.
func (h *Handler) Shutdown(context.Context) error {
	h.cache.clear()
	return nil
}
