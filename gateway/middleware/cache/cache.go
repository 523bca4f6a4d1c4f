// Package cache keeps answers and gives them again, as a shared cache in front of the
// handler (RFC 9111): for one process, in memory of a bounded size.
//
//	c := cache.New(cache.Config{})
//	h := gateway.Chain(app, c.Middleware())
//
//	x.Response.Header.Set("Cache-Control", "public, max-age=60, stale-while-revalidate=300")
//
// Nothing is kept that does not say for how long: max-age, s-maxage or Expires. What
// says private, no-store or no-cache, sets a cookie, or varies by *, is not kept; nor
// is the answer to a request with Authorization, unless it says that it may be
// (RFC 9111 §3.5). Vary is honoured.
//
// While one request fetches an answer, others for the same wait for it: a page that
// expires is made once, not once for every visitor (the thundering herd). Where it
// turns out not to be for all, they go on by themselves, and for a while nobody waits.
// They wait for the handler and not for its client: they have the answer as soon as its
// content is whole, and go on after five seconds where a client is slow to take a
// stream.
package cache

import (
	"container/list"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// Limits, with their precedents.
const (
	maxBytes     = 64 << 20         // of all answers; Varnish 100 MB
	maxBody      = 1 << 20          // of one; nginx keeps it in files, Squid 512 KiB in memory
	maxVariants  = 32               // of one address: Vary on User-Agent would keep one for each browser
	maxRefreshes = 16               // at once, in the background
	refreshTime  = 30 * time.Second // of one
	passTime     = 10 * time.Second // nobody waits for what was not for all; Varnish 2 min
	patience     = 5 * time.Second  // with a client that is slow to take what others wait for; nginx proxy_cache_lock_timeout
)

// Config bounds a Cache. Its zero value is useful.
type Config struct {
	MaxBytes int64 // of all answers in memory; 0 is 64 MiB. The one least recently used goes
	MaxBody  int64 // of one answer's content; 0 is 1 MiB

	// Error hears of what fails in the background, where no server reports it; r is
	// borrowed until it returns. nil: nobody does.
	Error func(r *gateway.Request, err error)

	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// A Cache keeps answers. It may be used by any number of goroutines.
type Cache struct {
	config Config

	mu        sync.Mutex
	resources map[string]*resource
	recent    list.List // of *entry, the most recently used first
	size      int64

	seed      maphash.Seed
	purges    [256]uint64 // how often what stands under a key was made invalid; several keys share a count
	flights   map[string]*flight
	passes    map[uint64]time.Time // until when nobody waits, by the hash of the key: a client can make keys long
	refreshes sync.WaitGroup
	refreshed chan struct{} // a place for each refresh that may run
}

// New returns an empty cache.
func New(c Config) *Cache {
	if c.MaxBytes == 0 {
		c.MaxBytes = maxBytes
	}
	if c.MaxBody == 0 {
		c.MaxBody = maxBody
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Cache{
		config: c, resources: map[string]*resource{}, seed: maphash.MakeSeed(), flights: map[string]*flight{}, passes: map[uint64]time.Time{},
		refreshed: make(chan struct{}, maxRefreshes),
	}
}

// A resource is what stands at one address.
type resource struct {
	key      string
	vary     []string // names of the fields that choose among the variants
	variants map[string]*entry
}

// An entry is an answer that is kept. It is never changed: shared read-only.
type entry struct {
	resource *resource
	variant  string
	place    *list.Element

	status   int
	header   gateway.Header
	body     []byte
	response lifetime
	stored   time.Time
	open     bool // may be given to requests with Authorization
}

// overhead is what an entry takes beside its content, roughly.
const overhead = 512

func (e *entry) size() int64 {
	n := int64(len(e.body) + len(e.resource.key) + len(e.variant) + overhead)
	for _, f := range e.header {
		n += int64(len(f.Name) + len(f.Value) + 32)
	}
	return n
}

// find returns what is kept for a request, whatever its age.
func (c *Cache) find(key string, r *gateway.Request) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	res := c.resources[key]
	if res == nil {
		return nil
	}
	e := res.variants[variantOf(res.vary, r.Header)]
	if e != nil {
		c.recent.MoveToFront(e.place)
	}
	return e
}

// hash stands for a key where two of one hash do no harm.
func (c *Cache) hash(key string) uint64 { return maphash.String(c.seed, key) }

// purged returns how often what stands under a key was made invalid. An answer whose
// making began before the last time may show what was before, and is not kept.
func (c *Cache) purged(key string) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.purges[c.hash(key)%uint64(len(c.purges))]
}

// store keeps an answer whose making began after so many purges, and lets others go
// where there is no room.
func (c *Cache) store(key string, purges uint64, vary []string, h gateway.Header, e *entry) {
	hash := c.hash(key)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.purges[hash%uint64(len(c.purges))] != purges {
		return
	}
	delete(c.passes, hash)
	res := c.resources[key]
	if res != nil && !slices.Equal(res.vary, vary) { // what the answer depends on has changed: others cannot be found any more
		c.forget(res)
		res = nil
	}
	if res == nil {
		res = &resource{key: key, vary: vary, variants: map[string]*entry{}}
		c.resources[key] = res
	}
	e.resource, e.variant = res, variantOf(vary, h)
	if old := res.variants[e.variant]; old != nil {
		c.drop(old)
		c.resources[key] = res // drop forgets a resource without variants
	}
	for len(res.variants) >= maxVariants {
		for _, any := range res.variants {
			c.drop(any)
			break
		}
	}
	if e.size() > c.config.MaxBytes {
		return
	}
	e.place = c.recent.PushFront(e)
	res.variants[e.variant] = e
	c.size += e.size()
	for c.size > c.config.MaxBytes {
		c.drop(c.recent.Back().Value.(*entry))
	}
}

// drop lets an entry go.
func (c *Cache) drop(e *entry) {
	c.recent.Remove(e.place)
	c.size -= e.size()
	delete(e.resource.variants, e.variant)
	if len(e.resource.variants) == 0 && c.resources[e.resource.key] == e.resource {
		delete(c.resources, e.resource.key)
	}
}

// forget lets all go that stands at an address.
func (c *Cache) forget(res *resource) {
	for _, e := range res.variants {
		c.drop(e)
	}
}

// Purge lets all go that is kept for a URL such as "https://example.com/a?b", and does
// not keep what is being made for it at the moment.
func (c *Cache) Purge(url string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.purges[c.hash(url)%uint64(len(c.purges))]++
	if res := c.resources[url]; res != nil {
		c.forget(res)
	}
}

// Clear lets all go, as Purge does for one URL.
func (c *Cache) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.purges {
		c.purges[i]++
	}
	for _, res := range c.resources {
		c.forget(res)
	}
}

// Bytes is how much memory the answers take, roughly.
func (c *Cache) Bytes() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.size
}

// Len is how many answers are kept.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.recent.Len()
}
