package gateway

import (
	"errors"
	"reflect"
	"testing"
)

// Every cell of the table, so that a change of it is a decision.
func TestPhaseTable(t *testing.T) {
	want := map[phase]map[event]phase{
		idle:     {begin: open},
		open:     {start: started, answer: started, hijack: hijacked, end: finished},
		started:  {end: finished},
		hijacked: {end: finished},
		finished: {},
	}
	for from := idle; from < phases; from++ {
		for e := begin; e < events; e++ {
			to, ok := want[from][e]
			if !ok {
				to = refused
			}
			if got := transitions[from][e]; got != to {
				t.Errorf("phase %d, event %d: %d, want %d", from, e, got, to)
			}
		}
	}
}

func TestPhaseAdvance(t *testing.T) {
	for from := idle; from < phases; from++ {
		for e := begin; e < events; e++ {
			if detectMisuse && from == finished {
				continue // panics: see TestMisuse
			}
			x := new(Exchange)
			x.phase = from
			err := x.advance(e)
			now := x.now()
			if to := transitions[from][e]; to == refused {
				if now != from || err == nil || !errors.Is(err, refusals[from]) {
					t.Errorf("phase %d, event %d: refused with %v, now in %d", from, e, err, now)
				}
			} else if now != to || err != nil {
				t.Errorf("phase %d, event %d: now in %d, %v", from, e, now, err)
			}
		}
	}
}

// A phase in which nothing may be done says why.
func TestPhaseRefusals(t *testing.T) {
	want := [phases]error{idle: ErrFinished, open: errRunning, started: ErrStarted, hijacked: ErrHijacked, finished: ErrFinished}
	if refusals != want {
		t.Errorf("refusals %v", refusals)
	}
}

// kept are the fields whose memory serves the connection's next exchange: they are
// empty after reset, but not zero.
var kept = map[string]bool{"buffer": true, "hooks": true, "preparing": true, "values": true}

// left are the fields that reset leaves as they are: Kept is the application's, and what
// was checked stays true.
var left = map[string]bool{"Kept": true, "checked": true}

// reset leaves nothing behind: every field of Exchange is zero, or named here.
func TestResetIsComplete(t *testing.T) {
	x := new(Exchange)
	everyFieldIsKnown(t)
	x.Request.Path, x.Response.Status, x.Route, x.wrapped, x.sent = "/", 200, "/<id>", true, 1
	x.Request.Header, x.Response.Header = Header{{"a", "b"}}, Header{{"a", "b"}}
	x.phase = finished
	x.transport = refusing{}
	x.head = Head{Status: 200}
	x.fault = ErrGone
	x.buffer = []byte("text")
	for i := range x.fields {
		x.fields[i] = Field{"a", "b"}
	}
	x.hooks = append(x.hooks, func(Outcome) {})
	hooks := x.hooks
	x.preparing = append(x.preparing, func(*Exchange) {})
	x.SetValue("key", x)
	preparing, values := x.preparing, x.values
	x.reset()

	v := reflect.ValueOf(x).Elem()
	for i := range v.NumField() {
		name, f := v.Type().Field(i).Name, v.Field(i)
		switch {
		case left[name]:
		case kept[name]:
			if f.Len() != 0 {
				t.Errorf("%s has %d elements after reset", name, f.Len())
			}
		case !f.IsZero():
			t.Errorf("%s is not zero after reset", name)
		}
	}
	if hooks[0] != nil || preparing[0] != nil || values[0].value != nil {
		t.Error("reset keeps what a hook refers to")
	}
}

// everyFieldIsKnown fails for a new field: it must be set in the test above, too.
func everyFieldIsKnown(t *testing.T) {
	known := map[string]bool{"Request": true, "Response": true, "Route": true, "phase": true, "transport": true, "wrapped": true, "head": true,
		"sent": true, "fault": true, "buffer": true, "fields": true, "hooks": true,
		"preparing": true, "values": true, "Kept": true, "checked": true}
	for f := range reflect.TypeFor[Exchange]().Fields() {
		if !known[f.Name] {
			t.Errorf("Exchange.%s is new: reset it, and set it in this test", f.Name)
		}
	}
}

// refusing is a transport without methods.
type refusing struct{ Transport }
