package load

// A supply hands out the bytes to write: each request of the plan in turn, as
// often as the pipeline is deep.
type supply struct {
	batches [][]byte
	at      int
}

// newSupply prepares the batches, beginning at the given request, so that several
// supplies of one plan do not march in step.
func newSupply(p Plan, first int) supply {
	s := supply{batches: p.Requests, at: first % len(p.Requests)}
	if p.Pipeline == 1 {
		return s
	}
	s.batches = make([][]byte, len(p.Requests))
	for i := range s.batches {
		for j := range p.Pipeline {
			s.batches[i] = append(s.batches[i], p.Requests[(i+j)%len(p.Requests)]...)
		}
	}
	return s
}

// next returns the bytes of the next batch, shared read-only.
func (s *supply) next() []byte {
	batch := s.batches[s.at]
	if s.at++; s.at == len(s.batches) {
		s.at = 0
	}
	return batch
}
