package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/internal/listen"
)

// Config says what belongs to the process. The zero value is useful.
type Config struct {
	// Reload is called in order on SIGHUP: certificates, settings. A hook that fails
	// keeps what it had and reports it by its error; the others run all the same. One
	// whose error wraps gateway.ErrReplaced has found what only a new process can begin
	// with: there is an upgrade then, as on SIGUSR2.
	Reload []func() error

	// Reopen is called in order on SIGUSR1, and on SIGHUP after Reload: log files that
	// were moved away.
	Reopen []func() error

	// PIDFile is written when the server is ready and removed at the end, unless a
	// successor has written its own number by then. Default none.
	PIDFile string

	// UpgradeTimeout bounds the wait for a successor to be ready; then it is killed,
	// and this process goes on. Default one minute.
	UpgradeTimeout time.Duration

	// Error is told of hooks that failed, of upgrades that did, and of messages that
	// systemd did not take; r is nil. Default: gateway.LogFault.
	Error func(r *gateway.Request, err error)
}

// A Process runs a server, and owns the process around it. There is one in a process,
// and it serves once.
type Process struct {
	server   gateway.Server
	config   Config
	notify   notifier
	errand   map[order]*errand
	hooks    sync.Mutex              // those of a reload and of a reopening do not run at once
	outdated bool                    // a hook of the last reload asks for a successor
	cease    context.CancelCauseFunc // tells the server to end
	stops    int                     // orders to stop, so far
}

var _ gateway.Server = (*Process)(nil)

// New returns a Process for s, which shall call Startup once: a server with several
// listeners rather than several servers.
func New(s gateway.Server, c Config) *Process {
	c.UpgradeTimeout = cmp.Or(c.UpgradeTimeout, time.Minute)
	if c.Error == nil {
		c.Error = gateway.LogFault
	}
	return &Process{server: s, config: c}
}

// An order is what a signal asks for.
type order uint8

const (
	stop order = iota
	stopQuick
	reload
	reopen
	upgrade
)

// Serve runs the server until it ends, and obeys signals meanwhile. It returns what the
// server's Serve returns; the end of ctx is an order to stop.
func (p *Process) Serve(ctx context.Context, h gateway.Handler) error {
	ctx, p.cease = context.WithCancelCause(ctx)
	defer p.cease(nil)
	p.notify = newNotifier(os.Getenv)
	finished := make(chan order, 3)
	p.errand = map[order]*errand{
		reload:  {run: p.reload, finished: finished, order: reload, repeats: true},
		reopen:  {run: p.reopen, finished: finished, order: reopen, repeats: true},
		upgrade: {run: func() { p.upgrade(ctx) }, finished: finished, order: upgrade},
	}
	signals := make(chan os.Signal, 16)
	for s := range orders {
		signal.Notify(signals, s)
	}
	defer signal.Stop(signals)
	ended := make(chan error, 1)
	go func() { ended <- p.server.Serve(ctx, &life{Handler: h, process: p}) }()
	return p.loop(ctx, signals, finished, ended)
}

// loop obeys until the server has ended.
func (p *Process) loop(ctx context.Context, signals <-chan os.Signal, finished <-chan order, ended <-chan error) error {
	watchdog := time.NewTicker(p.notify.every())
	defer watchdog.Stop()
	stopping := ctx.Done()
	for {
		select {
		case s := <-signals:
			p.obey(s)
		case o := <-finished:
			outdated := o == reload && p.outdated // before it runs again
			p.errand[o].end()
			if outdated {
				p.replace()
			}
		case <-watchdog.C:
			p.tell("WATCHDOG=1")
		case <-stopping:
			stopping = nil
			p.stopping(ctx)
		case err := <-ended:
			if stopping != nil && ctx.Err() != nil { // it was quicker than this loop
				p.stopping(ctx)
			}
			p.cease(nil) // ends an upgrade that waits
			for _, e := range p.errand {
				e.wait()
			}
			return errors.Join(err, removePID(p.config.PIDFile))
		}
	}
}

// stopping tells systemd of an order to stop. The end of a process that has a successor
// is none: the service goes on.
func (p *Process) stopping(ctx context.Context) {
	if !errors.Is(context.Cause(ctx), gateway.ErrReplaced) {
		p.tell("STOPPING=1")
	}
}

func (p *Process) obey(s os.Signal) {
	o := orders[s]
	switch o {
	case stop, stopQuick:
		if p.stops++; p.stops > 1 {
			obey(s)
			return
		}
		var why error
		if o == stopQuick {
			why = gateway.ErrQuick
		}
		p.cease(why)
	case upgrade:
		p.replace()
	default:
		p.errand[o].start()
	}
}

// replace starts an upgrade.
func (p *Process) replace() {
	if !p.errand[upgrade].start() {
		p.fault(errors.New("an upgrade is under way already"))
	}
}

// reload runs all hooks.
func (p *Process) reload() {
	p.hooks.Lock()
	defer p.hooks.Unlock()
	p.tell("RELOADING=1", monotonic())
	p.outdated = p.each("reload", p.config.Reload)
	p.each("reopen", p.config.Reopen)
	p.tell("READY=1")
}

func (p *Process) reopen() {
	p.hooks.Lock()
	defer p.hooks.Unlock()
	p.each("reopen", p.config.Reopen)
}

// each runs hooks in order. One that fails or panics keeps none from running. It reports
// whether one asks for a successor, which is no fault.
func (p *Process) each(name string, hooks []func() error) (outdated bool) {
	for _, hook := range hooks {
		switch err := guard(hook); {
		case errors.Is(err, gateway.ErrReplaced):
			outdated = true
		case err != nil:
			p.fault(fmt.Errorf("%s: %w", name, err))
		}
	}
	return outdated
}

func guard(hook func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &gateway.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return hook()
}

func (p *Process) fault(err error) { p.config.Error(nil, fmt.Errorf("process: %w", err)) }

// tell sends systemd a message.
func (p *Process) tell(assignments ...string) {
	if err := p.notify.send(assignments...); err != nil {
		p.fault(err)
	}
}

// ready tells everybody who waits for it that the server accepts.
func (p *Process) ready() error {
	if err := writePID(p.config.PIDFile); err != nil {
		return fmt.Errorf("process: %w", err)
	}
	listen.Settle()
	if p.isSuccessor() {
		return predecessor.report() // which tells systemd: only the main process may
	}
	p.tell("READY=1")
	return nil
}

// A life is the application as the server of a process sees it.
type life struct {
	gateway.Handler
	process *Process
}

// Startup starts the application. The server is ready then: it has bound its addresses,
// and connections wait.
func (l *life) Startup(ctx context.Context, s gateway.ServerInfo) error {
	if err := gateway.Startup(ctx, l.Handler, s); err != nil {
		return err
	}
	if err := l.process.ready(); err != nil {
		return errors.Join(err, gateway.Shutdown(ctx, l.Handler))
	}
	return nil
}

// Shutdown is the application's.
func (l *life) Shutdown(ctx context.Context) error { return gateway.Shutdown(ctx, l.Handler) }
