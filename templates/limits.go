package templates

// Limits bound what one rendering may cost; zero fields take the defaults.
// Exceeding one is an error that is ErrLimit. The time limit is the context
// given to RenderContext. As in Jinja's sandbox, range has a limit of its own.
// Besides, all strings and lists that filters and operators make in one
// rendering together may be four times as large as one of them, so that a
// list of long strings is bounded too.
type Limits struct {
	Loops  int // iterations of all loops together, and items of one list; default 1,000,000
	Calls  int // macros, blocks, includes and imports entered, all together; default 1,000,000
	Range  int // numbers of one range(); default 100,000, as in Jinja's sandbox
	Output int // bytes written, and bytes of one string; default 64 MiB
	Depth  int // nested macros, blocks and includes, and parents of one template; default 200

	// What an environment takes from its Loader, and keeps.
	Source    int // bytes of one template's source; default 4 MiB
	Templates int // compiled templates kept; those not used lately go first; default 1,000 (Jinja: 400)
}

func (l Limits) withDefaults() Limits {
	set := func(n *int, d int) {
		if *n <= 0 {
			*n = d
		}
	}
	set(&l.Loops, 1_000_000)
	set(&l.Calls, 1_000_000)
	set(&l.Range, 100_000)
	set(&l.Output, 64<<20)
	set(&l.Depth, 200)
	set(&l.Source, 4<<20)
	set(&l.Templates, 1000)
	return l
}

func (r *run) loopLimit() error {
	return limitf("more than %d loop iterations or items (Limits.Loops)", r.limits.Loops)
}

func (r *run) outputLimit() error {
	return limitf("more than %d bytes of output (Limits.Output)", r.limits.Output)
}

// together is how much larger than one of them all strings, or all lists, of
// a rendering may be.
const together = 4

// madeText counts the bytes of a string that was made.
func (r *run) madeText(n int) error {
	r.textMade += n
	if n > r.limits.Output || r.textMade/together > r.limits.Output {
		return r.outputLimit()
	}
	return nil
}

// madeItems counts the items of a list that was made.
func (r *run) madeItems(n int) error {
	r.itemsMade += n
	if n > r.limits.Loops || r.itemsMade/together > r.limits.Loops {
		return r.loopLimit()
	}
	return nil
}

// step counts one iteration, and looks at the clock now and then.
func (r *run) step() error {
	r.steps++
	if r.steps > r.limits.Loops {
		return r.loopLimit()
	}
	if r.steps&0xff == 0 {
		return r.expired()
	}
	return nil
}

// enter counts the entering of a unit, and looks at the clock now and then:
// macros that call each other need no loop to go on for ever.
func (r *run) enter() error {
	r.calls++
	if r.calls > r.limits.Calls {
		return limitf("more than %d macros, blocks and includes entered (Limits.Calls)", r.limits.Calls)
	}
	if r.calls&0xf == 0 {
		return r.expired()
	}
	return nil
}

// expired tells whether the caller's context has ended.
func (r *run) expired() error {
	if err := r.ctx.Err(); err != nil {
		return &fault{kind: ErrLimit, message: "rendering stopped: " + err.Error(), cause: err}
	}
	return nil
}
