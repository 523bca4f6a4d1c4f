package server

import (
	"sync"
	"sync/atomic"
	"time"
)

// A hold guards answers that wait in an output while the handler of the next
// pipelined request runs. They wait in order to leave in one write; should the
// handler be slow, a sweeper sends them, so that no answer waits for another one.
//
// Who may touch the output is one word: its low bits say mine, offered or taken,
// the others count the offers, so that the sweeper can tell an old one from the
// next.
//
//	mine ──offer──► offered ──reclaim──► mine
//	                   └──take (sweeper)──► taken ──reclaim, when sent──► mine
type hold struct {
	word atomic.Uint32
	mu   sync.Mutex // held by the sweeper while it sends
	seen uint32     // the sweeper's: the offer that it met last time
}

const (
	mine uint32 = iota
	offered
	taken

	oneOffer = 1 << 2 // added to the word, counts an offer
)

// offer lets the sweeper send what is gathered, and reports whether there is any.
func (o *output) offer() bool {
	if len(o.buf) == 0 {
		return false
	}
	o.held.word.Store(o.held.word.Load()&^3 + oneOffer + offered)
	return true
}

// reclaim takes the output back before it is touched; it waits for a sweeper
// that is sending.
func (o *output) reclaim() {
	if w := o.held.word.Load(); w&3 != mine {
		o.reclaimOffered(w)
	}
}

func (o *output) reclaimOffered(w uint32) {
	if w&3 == offered && o.held.word.CompareAndSwap(w, w&^3) {
		return
	}
	o.held.mu.Lock()
	o.held.word.Store(w &^ 3)
	o.held.mu.Unlock()
}

// sweep takes what was offered by the last sweep already, and has it sent. That may
// have to wait for the client, so it is not done here: other connections wait for
// the sweeper. The guard is held until it is sent.
func (o *output) sweep(send func(func())) (offers bool) {
	w := o.held.word.Load()
	if w&3 != offered {
		return false
	}
	if w != o.held.seen {
		o.held.seen = w
		return true
	}
	o.held.mu.Lock()
	if !o.held.word.CompareAndSwap(w, w&^3|taken) {
		o.held.mu.Unlock()
		return true
	}
	send(func() {
		defer o.held.mu.Unlock()
		_ = o.flush() // an error stays in o, for the handler to meet
	})
	return true
}

// A sweeper looks after the offers of all connections. It runs only while there
// are some: the first offer wakes it, and a second without any ends it.
type sweeper struct {
	run    *run
	active atomic.Bool
	done   sync.WaitGroup
}

const (
	sweepEvery = 10 * time.Millisecond // an answer waits for a slow one twice that at most
	sweepsIdle = 100                   // without an offer, before it ends
)

// wake starts the sweeper unless it runs. Its goroutine ends a second after the
// last offer, or with the run, which waits for it and for those that send.
func (s *sweeper) wake() {
	if !s.active.Load() && s.active.CompareAndSwap(false, true) {
		s.done.Go(s.sweep)
	}
}

func (s *sweeper) sweep() {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for idle := 0; idle < sweepsIdle; idle++ {
		select {
		case <-s.run.base.Done():
			return
		case <-ticker.C:
		}
		if s.once() {
			idle = 0
		}
	}
	s.active.Store(false)
	if s.once() { // offered when it was too late to wake this one
		s.wake()
	}
}

// once looks at every connection and reports whether one has made an offer.
func (s *sweeper) once() (offers bool) {
	s.run.each(func(c *conn) { offers = c.out.sweep(s.done.Go) || offers })
	return offers
}
