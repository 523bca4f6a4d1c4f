package nethttp

import (
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/dewar-go/dewar/gateway"
)

// A carrier carries one exchange over one call of ServeHTTP: it is the exchange's
// Transport, and the Handler around the application's.
type carrier struct {
	x       *gateway.Exchange // kept: renewed for the next call
	adapter *Adapter
	w       http.ResponseWriter
	r       *http.Request
	refused error // why the head cannot be served; nil: it can

	stage     stage
	left      int64 // content that the head promised and that has not come; -1: it promised no length
	bare      bool  // no content follows the head
	announced bool  // the head named the trailers
	returned  bool  // the application's handler has returned
	held      int   // bytes written since the last flush
	writing   rolling
	watch     watch

	body   body
	custom atomic.Bool // the application has set its own deadlines

	fields []gateway.Field // kept: the free rest of a chunk for Request.Header
	names  []string        // kept: scratch of fill
	remote peer            // kept: the last client's address
}

// A stage is where the response stands.
type stage uint8

const (
	pending  stage = iota
	started        // WriteHead was called
	closed         // Close was called
	aborted        // Abort was called
	hijacked       // the connection is the application's
)

var carriers = sync.Pool{New: func() any { return &carrier{x: new(gateway.Exchange)} }}

// begin makes c ready for one call.
func (c *carrier) begin(a *Adapter, w http.ResponseWriter, r *http.Request) {
	c.adapter, c.w, c.r = a, w, r
	c.refused = c.fill()
	c.body.begin(c)
}

// end leaves the connection to net/http, and c ready for begin. It reports whether
// the response is to be cut.
func (c *carrier) end() (cut bool) {
	cut = c.stage == aborted
	if c.stage == closed {
		c.body.end(c)
	}
	c.watch.end()
	c.reset()
	return cut
}

// reset clears all that is not kept; a test holds this list complete.
func (c *carrier) reset() {
	c.x = c.x.Renew()
	c.adapter, c.w, c.r = nil, nil, nil
	c.refused = nil
	c.stage = pending
	c.left = 0
	c.bare = false
	c.announced = false
	c.returned = false
	c.held = 0
	c.writing = rolling{}
	c.watch = watch{}
	c.body.reset()
	c.custom.Store(false)
	clear(c.names)
	c.names = c.names[:0]
}

// Serve runs the application's handler, and notes that it is done: from then on
// nobody reads the request's body any more.
func (c *carrier) Serve(x *gateway.Exchange) error {
	if c.refused != nil {
		return c.refused
	}
	defer c.done()
	return c.adapter.Handler.Serve(x)
}

func (c *carrier) done() { c.returned = true }

// A peer is a client's address in both forms. Requests on one connection come one
// after the other, so that the last one is often the next one.
type peer struct {
	text string
	addr net.Addr // shared read-only
}
