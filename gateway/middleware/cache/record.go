package cache

import (
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// A flight is a request that fetches an answer while others wait for it.
type flight struct {
	done chan struct{}
	once sync.Once
}

// join returns the flight for a key and whether the caller leads it. It returns nil
// where nobody waits, since the last answer was not for all.
func (c *Cache) join(key string) (fl *flight, leads bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if fl := c.flights[key]; fl != nil {
		return fl, false
	}
	hash := c.hash(key)
	if until, ok := c.passes[hash]; ok {
		if c.config.Now().Before(until) {
			return nil, false
		}
		delete(c.passes, hash)
	}
	fl = &flight{done: make(chan struct{})}
	c.flights[key] = fl
	return fl, true
}

// land ends a flight: those that wait look for the answer, or go on by themselves.
func (c *Cache) land(key string, fl *flight, kept bool) {
	if fl == nil {
		return
	}
	fl.once.Do(func() {
		c.mu.Lock()
		delete(c.flights, key)
		if !kept {
			if len(c.passes) >= maxPasses {
				clear(c.passes)
			}
			c.passes[c.hash(key)] = c.config.Now().Add(passTime)
		}
		c.mu.Unlock()
		close(fl.done)
	})
}

// maxPasses bounds the memory of what is not waited for.
const maxPasses = 10_000

// A recording copies an answer on its way to the client: its head as the layers
// inside left it, and its content as the first filter saw it.
type recording struct {
	gateway.Transport
	cache   *Cache
	request *gateway.Request
	header  gateway.Header // of the request: shared read-only
	key     string
	purges  uint64 // before the handler began
	flight  *flight

	off    bool // what is sent came from the cache
	keep   bool
	status int
	fields gateway.Header
	life   lifetime
	length int64 // of the content, where its end is known before Close; else -1
	body   []byte
	slow   *time.Timer // lets those go on that wait, where the client is slow
}

// record puts a recording under an exchange.
func (c *Cache) record(x *gateway.Exchange, key string, fl *flight) (*recording, error) {
	rec := &recording{cache: c, request: &x.Request, header: x.Request.Header, key: key, purges: c.purged(key), flight: fl, length: -1}
	x.OnStart(rec.start)
	err := x.WrapFiles(func(next gateway.Transport) gateway.Transport { rec.Transport = next; return rec })
	if err != nil {
		c.land(key, fl, false)
	}
	return rec, err
}

// start sees the head before the layers outside add theirs: those will do so again
// when the answer is given again.
func (r *recording) start(x *gateway.Exchange) {
	r.status = x.Response.Status
	if r.status == 0 {
		r.status = 200
	}
	if r.off {
		return
	}
	r.life, r.keep = storable(r.request, r.status, x.Response.Header)
	if !r.keep {
		r.cache.land(r.key, r.flight, false)
		return
	}
	r.fields = kept(x.Response.Header)
	if r.flight != nil {
		// Stopped where the flight lands. The answer is still one for all, so that the
		// next one to come leads anew.
		r.slow = time.AfterFunc(patience, func() { r.cache.land(r.key, r.flight, true) })
	}
}

// kept is a copy of the fields that belong to the answer and not to this exchange of
// it (RFC 9111 §3.1).
func kept(h gateway.Header) gateway.Header {
	return slices.DeleteFunc(h.Clone(), func(f gateway.Field) bool {
		return gateway.EqualFold(f.Name, "Age") || gateway.EqualFold(f.Name, "Content-Length") || gateway.EqualFold(f.Name, "Cache-Status")
	})
}

// WriteHead sees what filters inside made of the head: a coding, and with it another
// tag.
func (r *recording) WriteHead(h *gateway.Head) error {
	if r.keep {
		if !h.Empty && len(h.Trailer) == 0 {
			r.length = h.Length
		}
		for _, name := range [...]string{"Content-Encoding", "ETag", "Accept-Ranges"} {
			if v, ok := h.Header.Lookup(name); ok {
				r.fields.Set(name, v)
			} else {
				r.fields.Del(name)
			}
		}
	}
	return r.Transport.WriteHead(h)
}

// Write copies content.
func (r *recording) Write(p []byte) (int, error) {
	if r.keep {
		if int64(len(r.body)+len(p)) > r.cache.config.MaxBody {
			r.giveUp()
		} else {
			r.body = append(r.body, p...)
			r.whole()
		}
	}
	return r.Transport.Write(p)
}

// WriteFile reads the file for its copy, where it is small enough to be kept.
func (r *recording) WriteFile(f *os.File, off, n int64) error {
	if r.keep && int64(len(r.body))+n > r.cache.config.MaxBody {
		r.giveUp()
	}
	if r.keep {
		at := len(r.body)
		r.body = append(r.body, make([]byte, n)...)
		if _, err := io.ReadFull(io.NewSectionReader(f, off, n), r.body[at:]); err != nil {
			return err
		}
		r.whole()
	}
	return r.Transport.WriteFile(f, off, n)
}

// whole keeps content that is as long as its head said (RFC 9111 §3.3), before the
// client takes it: how fast this client reads is nothing to those that wait.
func (r *recording) whole() {
	if r.length >= 0 && int64(len(r.body)) == r.length {
		r.store()
	}
}

// store keeps the answer, and lets those have it that wait.
func (r *recording) store() {
	r.cache.store(r.key, r.purges, varyOf(r.fields), r.header, &entry{
		status: r.status, header: r.fields, body: r.body, response: r.life, stored: r.cache.config.Now(),
		open: open(semantics.ParseCacheControl(r.fields)),
	})
	r.cache.land(r.key, r.flight, true)
	r.giveUp()
}

// Close keeps what is whole.
func (r *recording) Close(trailer gateway.Header) error {
	err := r.Transport.Close(trailer)
	if err == nil && r.keep && len(trailer) == 0 {
		r.store()
	}
	r.giveUp()
	return err
}

// Abort forgets what is not whole.
func (r *recording) Abort() {
	r.giveUp()
	r.Transport.Abort()
}

func (r *recording) giveUp() {
	r.keep, r.body = false, nil
	if r.slow != nil {
		r.slow.Stop()
	}
	r.cache.land(r.key, r.flight, false)
}

// Hijack leaves nothing to keep.
func (r *recording) Hijack() (net.Conn, []byte, error) {
	conn, early, err := r.Transport.Hijack()
	if err == nil {
		r.giveUp()
	}
	return conn, early, err
}

// refresh fetches an answer anew in the background, unless somebody does already or
// too many do. It runs as an exchange without a client.
func (f *front) refresh(key string, r *gateway.Request) {
	select {
	case f.refreshed <- struct{}{}:
	default:
		return
	}
	fl, leads := f.join(key)
	if !leads {
		<-f.refreshed
		return
	}
	x := new(gateway.Exchange)
	x.Request = *r
	x.Request.Method = "GET"
	x.Request.Header = withoutConditions(r.Header)
	x.Request.Trailer, x.Request.Length = nil, 0
	x.Request.Time = time.Now()
	f.refreshes.Add(1)
	go func() { // owned by the cache: ends with the handler, whose context ends after refreshTime; Shutdown waits
		defer f.refreshes.Done()
		defer func() { <-f.refreshed }()
		defer f.land(key, fl, false)
		out := gateway.Run(gateway.HandlerFunc(func(x *gateway.Exchange) error { return f.lead(x, key, fl) }), x, newNowhere())
		if err := out.Fault(); err != nil && f.config.Error != nil {
			f.config.Error(&x.Request, err)
		}
	}()
}

func withoutConditions(h gateway.Header) gateway.Header {
	return slices.DeleteFunc(h.Clone(), func(f gateway.Field) bool {
		for _, name := range [...]string{"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range", "Range"} {
			if gateway.EqualFold(f.Name, name) {
				return true
			}
		}
		return false
	})
}
