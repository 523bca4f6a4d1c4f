package framework

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An Event is one message of a stream of server-sent events (WHATWG HTML §9.2).
type Event struct {
	Name string // of the event; "" is message
	ID   string // which the client sends back when it reconnects; "" says none
	Data string // may have several lines
}

// Events configures a stream of events. The zero value is useful.
type Events struct {
	// Heartbeat is how long the stream may be silent before a comment is sent, so
	// that proxies keep the connection and a client that has gone is found out; 0
	// means 15 seconds, which the specification recommends, and a negative one never.
	Heartbeat time.Duration
	// Retry is how long the client waits before it reconnects; 0 leaves that to it,
	// which is some seconds.
	Retry time.Duration
}

const defaultHeartbeat = 15 * time.Second

// An EventStream sends events. It is borrowed until the function that got it returns,
// and may be used by several goroutines that end before.
type EventStream struct {
	// LastID is the ID of the last event that the client got before it reconnected;
	// "" where it is new.
	LastID string

	w      ResponseWriter
	c      *Context
	mu     sync.Mutex // guards w and what follows
	last   time.Time  // when something was sent
	failed error
}

// Events answers with server-sent events, which f sends until it returns. The client
// reconnects by itself, which ends with status 204: c.NoContent().
//
//	return c.Events(framework.Events{}, func(s *framework.EventStream) error {
//		for {
//			select {
//			case price := <-prices:
//				if err := s.SendJSON("price", price); err != nil {
//					return err
//				}
//			case <-c.Done():
//				return nil
//			}
//		}
//	})
func (c *Context) Events(o Events, f func(s *EventStream) error) error {
	x := c.exchange()
	x.Response.Header.Set("Cache-Control", "no-cache")
	x.Response.Header.Set("X-Accel-Buffering", "no") // nginx would gather events
	w, err := c.begin("text/event-stream")
	if err != nil {
		return err
	}
	s := &EventStream{LastID: x.Request.Header.Value("Last-Event-ID"), w: w, c: c}
	opening := ""
	if o.Retry > 0 {
		opening = "retry: " + strconv.FormatInt(o.Retry.Milliseconds(), 10) + "\n\n"
	}
	if err := s.write(opening); err != nil { // the head at least, so that the client knows that it is connected
		return err
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = defaultHeartbeat
	}
	if o.Heartbeat > 0 {
		stop := s.beat(o.Heartbeat)
		defer stop()
	}
	return f(s)
}

// beat starts the goroutine that breaks silences. It belongs to the stream: the
// function that is returned ends it and waits for its end.
func (s *EventStream) beat(every time.Duration) (stop func()) {
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
			}
			s.mu.Lock()
			silent := time.Since(s.last) >= every
			s.mu.Unlock()
			if silent && s.write(":\n\n") != nil {
				return // f is told when it sends, and by the Context
			}
		}
	}()
	return func() { close(over); <-ended }
}

// Send sends an event at once. An error means that the client has gone: f returns it.
func (s *EventStream) Send(e Event) error {
	if strings.ContainsAny(e.Name, "\r\n") || strings.ContainsAny(e.ID, "\r\n\x00") {
		return errors.New("framework: an event's name and ID have one line (WHATWG HTML §9.2.6)")
	}
	var b strings.Builder
	if e.Name != "" {
		b.WriteString("event: " + e.Name + "\n")
	}
	if e.ID != "" {
		b.WriteString("id: " + e.ID + "\n")
	}
	data := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(e.Data)
	for line := range strings.SplitSeq(data, "\n") {
		b.WriteString("data: " + line + "\n")
	}
	b.WriteByte('\n')
	return s.write(b.String())
}

// SendJSON sends an event whose data is v as JSON.
func (s *EventStream) SendJSON(name string, v any) error {
	data, err := s.c.app.json.Marshal(v)
	if err != nil {
		return fmt.Errorf("framework: JSON of %T: %w", v, err)
	}
	return s.Send(Event{Name: name, Data: string(data)})
}

func (s *EventStream) write(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return s.failed
	}
	if _, s.failed = s.w.WriteString(text); s.failed == nil {
		s.failed = s.w.Flush()
	}
	s.last = time.Now()
	return s.failed
}
