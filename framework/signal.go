package framework

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dewar-go/dewar/gateway"
)

// Signals tell that something happened, to whoever listens: tests, statistics,
// tracing. Unlike a hook a receiver cannot change or end the request, and it may
// come and go while the application serves.
type Signals struct {
	RequestStarted   Signal[*gateway.Request]  // before the first hook
	RequestFinished  Signal[*gateway.Response] // after the last hook; the response is complete
	RequestEnded     Signal[error]             // after the teardown, with the error that the handler gave, or nil
	Exception        Signal[error]             // an error that becomes 500, or a panic, once each
	TemplateRender   Signal[Rendering]         // before a template is rendered, with its data complete
	TemplateRendered Signal[Rendering]         // after one, unless it failed
	MessageFlashed   Signal[Flash]
}

// A Rendering is a template that is or was rendered.
type Rendering struct {
	Name string
	Data any // borrowed until the receiver returns
}

// A Signal has receivers for values of type T. The zero value is ready. It may be
// used by any number of goroutines.
type Signal[T any] struct {
	mu        sync.Mutex
	receivers atomic.Pointer[[]*receiver[T]] // replaced as a whole, so that sending takes no lock
}

type receiver[T any] struct{ f func(c *Context, v T) }

// Connect adds a receiver and returns a function that removes it. Receivers are
// called in order, in the request's goroutine; a panic in one is logged and ends
// nothing.
func (s *Signal[T]) Connect(f func(c *Context, v T)) (disconnect func()) {
	r := &receiver[T]{f}
	s.change(func(list []*receiver[T]) []*receiver[T] { return append(list, r) })
	return func() {
		s.change(func(list []*receiver[T]) []*receiver[T] {
			return slices.DeleteFunc(list, func(other *receiver[T]) bool { return other == r })
		})
	}
}

func (s *Signal[T]) change(f func([]*receiver[T]) []*receiver[T]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*receiver[T]
	if old := s.receivers.Load(); old != nil {
		list = slices.Clone(*old)
	}
	if list = f(list); len(list) == 0 {
		s.receivers.Store(nil)
		return
	}
	s.receivers.Store(&list)
}

// send calls the receivers. It is short, so that the compiler puts it in the place of
// its call: usually there are none. hot path
func (s *Signal[T]) send(c *Context, v T) {
	if s.receivers.Load() != nil {
		s.deliver(c, v)
	}
}

func (s *Signal[T]) deliver(c *Context, v T) {
	list := s.receivers.Load()
	if list == nil { // the last one has just gone
		return
	}
	for _, r := range *list {
		if err := guard(func() error { r.f(c, v); return nil }); err != nil {
			c.logFailure(err)
		}
	}
}
