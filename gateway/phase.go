package gateway

import "errors"

// A phase is where an exchange stands. All transitions are in the table below
// and are taken in one place, Exchange.advance; nothing else remembers state.
//
//	idle ──begin──► open ──start──► started ──end──► finished
//	                 ├──hijack──► hijacked ──end────────┤
//	                 └──end (aborted unanswered)────────┘
type phase uint32

const (
	idle     phase = iota // no transport: before Run, or after Renew
	open                  // the response is data
	started               // the head is the transport's; content streams
	hijacked              // the connection is the handler's
	finished
	phases
)

type event uint8

const (
	begin  event = iota
	start        // by the handler
	answer       // after it
	hijack
	end
	events
)

const refused = phases

var transitions = [phases][events]phase{
	//          begin    start    answer   hijack    end
	idle:     {open, refused, refused, refused, refused},
	open:     {refused, started, started, hijacked, finished},
	started:  {refused, refused, refused, refused, finished},
	hijacked: {refused, refused, refused, refused, finished},
	finished: {refused, refused, refused, refused, refused},
}

var errRunning = errors.New("gateway: exchange is running")

// refusals says why an event, or any use at all, is refused in a phase.
var refusals = [phases]error{
	idle:     ErrFinished,
	open:     errRunning, // only Run asks for what is refused here
	started:  ErrStarted,
	hijacked: ErrHijacked,
	finished: ErrFinished,
}
