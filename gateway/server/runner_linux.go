package server

import (
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// A runner is a goroutine that lends its stack to one connection after the other.
//
// A connection's own goroutine waits for most of its life. Handlers that ran there would
// leave each a stack of kilobytes, and none of them in the processor's cache when the next
// request comes: of 512 busy connections, that made a request a sixteenth dearer. So what
// a connection does between two waits it does on a runner. They are coroutines: changing to
// one and back is a jump from stack to stack, a tenth of a microsecond, and the scheduler
// has no part in it. A handler on it may block as anywhere else.
//
// The runtime asks one thing of them: a handler that locks its thread
// (runtime.LockOSThread) unlocks it before it returns, or the process ends.
type runner struct {
	c    *conn
	fd   uintptr
	left bool // what serveReady reported
	next func() (struct{}, bool)
	stop func()
}

func newRunner() *runner {
	r := new(runner)
	r.next, r.stop = iter.Pull(r.run)
	return r
}

// run serves what it is given until stop. Its goroutine belongs to the runners, or to who
// has it.
func (r *runner) run(yield func(struct{}) bool) {
	for {
		r.left = r.c.serveReady(r.fd)
		r.c = nil
		if !yield(struct{}{}) {
			return
		}
	}
}

// runners keeps those of a run that nobody has. Whoever comes takes the one that was
// given back last, whose stack is warm: from one of few places for all but those who come
// at the same time, else from a list.
type runners struct {
	warm   [16]atomic.Pointer[runner]
	places uint32 // that are in use, as many as processors
	closed atomic.Bool

	mu    sync.Mutex
	spare []*runner
	least int   // so many of spare nobody has taken since
	since *tick // this second
}

func (s *runners) open() { s.places = uint32(min(len(s.warm), runtime.GOMAXPROCS(0))) }

// place is where the connections meet that a processor serves, more or less.
func (s *runners) place(fd int32) *atomic.Pointer[runner] { return &s.warm[uint32(fd)%s.places] }

// get returns a runner, which the caller then owns. hot path
func (s *runners) get(fd int32) *runner {
	if r := s.place(fd).Swap(nil); r != nil {
		return r
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.spare) - 1
	if last < 0 {
		return newRunner()
	}
	r := s.spare[last]
	s.spare[last] = nil
	s.spare = s.spare[:last]
	s.least = min(s.least, last)
	return r
}

// put gives a runner back. hot path
func (s *runners) put(r *runner, fd int32, now *tick) {
	if p := s.place(fd); !p.CompareAndSwap(nil, r) {
		s.keep(r, now)
	} else if s.closed.Load() {
		s.end(p.Swap(nil))
	}
}

// keep takes one for whom there is no place. Once a second those go whom nobody needed in
// the second before.
func (s *runners) keep(r *runner, now *tick) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() {
		s.end(r)
		return
	}
	if s.since != now {
		for _, r := range s.spare[:s.least] {
			s.end(r)
		}
		s.spare = slices.Delete(s.spare, 0, s.least)
		s.since, s.least = now, len(s.spare)
	}
	s.spare = append(s.spare, r)
}

func (s *runners) end(r *runner) {
	if r != nil {
		r.stop()
	}
}

// close ends those who are there; the others end when they are given back.
func (s *runners) close() {
	s.closed.Store(true)
	for i := range s.warm {
		s.end(s.warm[i].Swap(nil))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.spare {
		s.end(r)
	}
	s.spare = nil
}
