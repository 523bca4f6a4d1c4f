package process

// An errand runs beside the loop, once at a time. It belongs to the loop, which is told
// when it has finished and waits for it at the end.
type errand struct {
	run      func()
	finished chan<- order
	order    order
	repeats  bool // asked for while it runs, it runs once more

	running chan struct{} // closed when it has run; nil: it does not run
	again   bool
}

// start runs it unless it runs. It reports false where it is not going to.
func (e *errand) start() bool {
	if e.running != nil {
		e.again = e.repeats
		return e.repeats
	}
	done := make(chan struct{})
	e.running = done
	go func() {
		e.run()
		close(done)
		e.finished <- e.order // has room for every errand
	}()
	return true
}

// end follows finished.
func (e *errand) end() {
	e.running = nil
	if e.again {
		e.again = false
		e.start()
	}
}

func (e *errand) wait() {
	if e.running != nil {
		<-e.running
	}
}
