package accesslog

import (
	"sync/atomic"
	"time"
)

// A clock formats the times of a second once: [10/Oct/2000:13:55:36 -0700].
type clock struct {
	location *time.Location
	last     atomic.Pointer[second]
}

type second struct {
	unix int64
	text string
}

// append is the atom t.
func (c *clock) append(b []byte, e *Entry, _ *piece) []byte {
	at := e.Request.Time
	unix := at.Unix()
	s := c.last.Load()
	if s == nil || s.unix != unix {
		s = &second{unix, at.In(c.location).Format("[02/Jan/2006:15:04:05 -0700]")}
		c.last.Store(s)
	}
	return append(b, s.text...)
}
