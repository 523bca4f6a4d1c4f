package load

import "time"

// A schedule says when batches are due under a fixed rate: evenly, the first at
// the start.
type schedule struct {
	start    time.Time
	interval time.Duration // between batches; 0: no rate
	n        int           // batches taken
	pipeline int
}

func newSchedule(p Plan, start time.Time) *schedule {
	s := &schedule{start: start, pipeline: p.Pipeline}
	if p.Rate > 0 {
		s.interval = time.Duration(float64(p.Pipeline) / p.Rate * float64(time.Second))
	}
	return s
}

// due is when the next batch is due.
func (s *schedule) due() time.Time { return s.start.Add(time.Duration(s.n) * s.interval) }

// next reports whether a batch is due.
func (s *schedule) next(now time.Time) bool { return s.interval > 0 && !s.due().After(now) }

// taken takes the next batch and returns when it was due.
func (s *schedule) taken() time.Time {
	due := s.due()
	s.n++
	return due
}

// missed is how many requests were due before end and have not been taken.
func (s *schedule) missed(end time.Time) uint64 {
	if s.interval == 0 {
		return 0
	}
	return uint64(max(0, int(end.Sub(s.start)/s.interval)-s.n)) * uint64(s.pipeline)
}
