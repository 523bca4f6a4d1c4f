package main

import (
	"context"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"
)

// keep is how many samples a feed remembers: what a visitor sees at once, and what
// one who was away for a moment can still be given.
const keep = 120

// A sample is what the process looked like.
type sample struct {
	ID         int64   `json:"id"`     // Unix milliseconds, so that they go on where a new process takes over
	Memory     float64 `json:"memory"` // MiB of objects on the heap
	Goroutines int     `json:"goroutines"`
	Watchers   int     `json:"watchers"` // open streams
}

// A feed takes samples and tells whoever watches. Its theory: nobody has a queue.
// The feed remembers the last samples; a watcher asks for those after the one it saw
// last, and is woken by a channel that is closed when there is more. One that is slow
// finds several, or misses some, and costs no memory.
type feed struct {
	mu       sync.Mutex
	samples  []sample // at most keep
	watchers int
	more     chan struct{} // closed when there is a sample, and replaced; at the end left closed
	ended    bool
}

func newFeed() *feed { return &feed{more: make(chan struct{})} }

// run takes samples until ctx ends, and then tells the watchers.
func (f *feed) run(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		f.add(measure(time.Now()))
		select {
		case <-tick.C:
		case <-ctx.Done():
			f.end()
			return
		}
	}
}

// measure samples the process but for the watchers, which the feed knows.
func measure(now time.Time) sample {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(heap)
	return sample{
		ID:         now.UnixMilli(),
		Memory:     float64(heap[0].Value.Uint64()) / (1 << 20),
		Goroutines: runtime.NumGoroutine(),
	}
}

func (f *feed) add(s sample) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.Watchers = f.watchers
	f.samples = append(f.samples, s)
	if len(f.samples) > keep {
		f.samples = append(f.samples[:0], f.samples[len(f.samples)-keep:]...)
	}
	close(f.more)
	f.more = make(chan struct{})
}

func (f *feed) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	close(f.more)
}

// after gives the samples behind the one with that ID, a channel that is closed when
// there is more to know, and whether there will be none any more.
func (f *feed) after(id int64) (samples []sample, more <-chan struct{}, ended bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.samples {
		if s.ID > id {
			samples = append(samples, s)
		}
	}
	return samples, f.more, f.ended
}

// maxWatchers bounds the streams that are open at once.
const maxWatchers = 1000

// enter counts a watcher in, unless there are too many.
func (f *feed) enter() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watchers == maxWatchers {
		return false
	}
	f.watchers++
	return true
}

func (f *feed) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watchers--
}
