package static

import (
	"sync"
	"time"
)

// A cache keeps entries by the path that asked for them, as it came, so that a
// request that finds one has nothing to parse. Only paths that lead to a file get
// in, and there is a bound: when it is reached an entry goes that has not been used
// for a while, or else any: map iteration begins anywhere, and a random victim is
// about as good as the oldest one.
type cache struct {
	max    int   // of entries
	limit  int64 // of memory
	mu     sync.RWMutex
	paths  map[string]*entry
	memory int64
}

// find returns the entry of a path, held, or nil. hot path
func (c *cache) find(path string) *entry {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e := c.paths[path]
	if e != nil {
		e.holders.Add(1)
	}
	return e
}

// room is how much memory is left.
func (c *cache) room() int64 {
	if c.max < 0 {
		return 0
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.limit - c.memory
}

// put makes e the entry of a path. The caller goes on holding it.
func (c *cache) put(path string, e *entry) {
	if c.max < 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(path)
	if len(c.paths) >= c.max || c.memory+e.memory > c.limit {
		c.evict(e.memory)
	}
	if c.memory+e.memory > c.limit {
		return
	}
	if c.paths == nil {
		c.paths = map[string]*entry{}
	}
	e.holders.Add(1)
	c.paths[path] = e
	c.memory += e.memory
}

// evict makes room for one entry with that much content.
func (c *cache) evict(memory int64) {
	deadline := time.Now().Add(-idle).Unix()
	for path, e := range c.paths {
		if e.used.Load() < deadline {
			c.drop(path)
		}
	}
	for path := range c.paths {
		if len(c.paths) < c.max && c.memory+memory <= c.limit {
			return
		}
		c.drop(path)
	}
}

// remove takes an entry out unless another one has taken its place.
func (c *cache) remove(path string, e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.paths[path] == e {
		c.drop(path)
	}
}

func (c *cache) drop(path string) {
	if e := c.paths[path]; e != nil {
		delete(c.paths, path)
		c.memory -= e.memory
		e.release()
	}
}

// clear lets go of everything.
func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for path := range c.paths {
		c.drop(path)
	}
}
