package dev

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/dewar-go/dewar/framework/debug"
	"github.com/dewar-go/dewar/internal/descriptor"
)

// Config says what is run and watched. The zero value is useful.
type Config struct {
	Dir     string   // of the application; "" means the working folder
	Package string   // that is built, below Dir; "" means "."
	Args    []string // of the program
	Addr    string   // where it is served; "" means 127.0.0.1:5000, as in Flask

	Flags   []string      // of go build, behind the loop's own
	Poll    time.Duration // how often files are looked at, where the system cannot tell; 0: it can
	Ignore  []string      // patterns of names, or of paths below Dir, whose changes do not count
	Watch   []string      // further folders
	Grace   time.Duration // for the exchanges of a program that is replaced; 0 means 5 s
	Release bool          // DEWAR_DEBUG is not set: no debug page, no pages that reload

	Out     io.Writer   // what the loop and the programs say; nil: standard error
	Observe func(Event) // is told what happens, in the loop's goroutine; nil: nobody
}

// An Event is something that has happened.
type Event struct {
	Kind  string // changed, building, built, broken, started, ready, ended, told
	Paths []string
	Took  time.Duration // of a build
	URL   string        // under which it is served, where it is ready
}

const defaultGrace = 5 * time.Second

// A Loop is one run of the development loop.
type Loop struct {
	config Config
	folder string // for programs, removed at the end
	front  *front
	scene  scene

	builds  int                // that were begun
	cancel  context.CancelFunc // of the one that runs; nil: none does
	program string             // the last that was built; "": the last build failed
	child   *child             // that serves; nil: there is none
	retired map[*child]bool    // that are told to end

	watcher *watcher
	built   chan build
	said    chan said
	ended   chan *child
	found   chan scene
	hurry   chan struct{}
}

// New returns a loop.
func New(c Config) *Loop {
	c.Dir = cmp.Or(c.Dir, ".")
	c.Package = cmp.Or(c.Package, ".")
	c.Addr = cmp.Or(c.Addr, "127.0.0.1:5000")
	c.Grace = cmp.Or(c.Grace, defaultGrace)
	if c.Out == nil {
		c.Out = os.Stderr
	}
	if c.Observe == nil {
		c.Observe = func(Event) {}
	}
	return &Loop{
		config: c, retired: map[*child]bool{},
		built: make(chan build, 1), said: make(chan said), ended: make(chan *child), found: make(chan scene, 1), hurry: make(chan struct{}, 1),
	}
}

// Run runs the loop until ctx ends; then the program is told to end, and Run returns
// when it has, or was killed.
func (l *Loop) Run(ctx context.Context) (err error) {
	// A program ends with the thread that started it (see child_linux.go).
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if l.config.Dir, err = filepath.Abs(l.config.Dir); err != nil {
		return err
	}
	if l.folder, err = os.MkdirTemp("", "dewar-run-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(l.folder)) }()
	listener, err := net.Listen("tcp", l.config.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w; is another program running there? --addr chooses another address", err)
	} else if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	if copied, err := descriptor.Duplicate(listener); err != nil {
		return errors.Join(fmt.Errorf("programs cannot be handed a socket here: %w; go run serves without the loop", err), listener.Close())
	} else if err := copied.Close(); err != nil {
		return errors.Join(err, listener.Close())
	}
	l.front = newFront(listener.(*net.TCPListener))
	defer l.front.close()
	watching, stop := context.WithCancel(ctx)
	defer stop()
	if l.watcher, err = watch(watching, &l.config); err != nil {
		return err
	}
	l.say("%s is run at %s; Ctrl-C ends it", filepath.Base(l.config.Dir), l.front.url)
	if why := l.watcher.why; why != nil {
		l.say("the system does not tell of changes (%v): files are looked at every %v", why, l.config.Poll)
	}
	l.say("building")
	l.look(ctx)
	l.rebuild(ctx)
	for {
		select {
		case <-ctx.Done():
			return l.stop()
		case paths := <-l.watcher.paths:
			l.changed(ctx, paths)
		case b := <-l.built:
			l.take(b)
		case s := <-l.said:
			l.hear(s)
		case c := <-l.ended:
			l.lost(c)
		case s := <-l.found:
			l.learn(ctx, s)
		}
	}
}

// Hurry kills programs that are told to end, once Run has been told to. It may be called
// from any goroutine.
func (l *Loop) Hurry() {
	select {
	case l.hurry <- struct{}{}:
	default:
	}
}

// say tells who runs the loop.
func (l *Loop) say(format string, args ...any) {
	fmt.Fprintf(l.config.Out, " * %s\n", fmt.Sprintf(format, args...))
}

// look finds out beside the loop what belongs to the program.
func (l *Loop) look(ctx context.Context) {
	go func() { // ends with go list, which ends with ctx; found has room, or the loop is over
		if s, err := findScene(ctx, &l.config); err == nil {
			select {
			case l.found <- s:
			case <-ctx.Done():
			}
		}
	}()
}

// learn watches what belongs to the program and lies elsewhere.
func (l *Loop) learn(ctx context.Context, s scene) {
	known := l.scene.folders
	l.scene = s
	go func() { // ends when the watcher has taken all, or with ctx; who watches may wait for the loop meanwhile
		for _, folder := range s.folders {
			if slices.Contains(known, folder) {
				continue
			}
			select {
			case l.watcher.add <- folder:
			case <-ctx.Done():
				return
			}
		}
	}()
}

// changed decides what changes mean.
func (l *Loop) changed(ctx context.Context, paths []string) {
	var folders []string
	if l.child != nil {
		folders = l.child.folders
	}
	effect, why := nothing, ""
	for _, path := range paths {
		if e := l.scene.effect(l.config.Dir, path, folders); e > effect {
			effect, why = e, path
		}
	}
	if effect == nothing || effect < rebuilds && l.cancel != nil { // what is being built will see it
		return
	}
	if rel, err := filepath.Rel(l.config.Dir, why); err == nil {
		why = rel
	}
	l.config.Observe(Event{Kind: "changed", Paths: paths})
	switch {
	case effect == rebuilds, effect == restarts && l.program == "":
		l.say("%s has changed: building", why)
		l.rebuild(ctx)
		if slices.ContainsFunc(paths, stirs) {
			l.look(ctx)
		}
	case effect == restarts, l.child == nil && l.program != "":
		l.say("%s has changed: starting anew", why)
		l.retire()
		l.front.wait()
		l.start()
	case l.child != nil:
		l.say("%s has changed: pages load it", why)
		l.child.tell(effect)
		l.config.Observe(Event{Kind: "told", Paths: paths})
	}
}

// stirs reports whether another file may be part of the program since a change: the
// modules are others, a folder is embedded, or what is embedded has come or gone.
func stirs(path string) bool {
	base := filepath.Base(path)
	if strings.HasPrefix(base, "go.") || filepath.Ext(base) != ".go" {
		return true
	}
	text, err := os.ReadFile(path)
	return err != nil || bytes.Contains(text, []byte("//go:embed"))
}

// rebuild begins a build in place of the one that may run. The program that serves
// accepts no more from now on: what is asked now is for the new one.
func (l *Loop) rebuild(ctx context.Context) {
	if l.cancel != nil {
		l.cancel()
	}
	l.retire()
	l.front.wait()
	l.builds++
	var building context.Context
	building, l.cancel = context.WithCancel(ctx)
	b := build{number: l.builds, program: filepath.Join(l.folder, fmt.Sprintf("program-%d", l.builds))}
	l.config.Observe(Event{Kind: "building"})
	go func() { // ends with the build, which ends with its context
		b.run(building, &l.config)
		select {
		case l.built <- b:
		case <-ctx.Done():
		}
	}()
}

// take starts what was built, or says why nothing was.
func (l *Loop) take(b build) {
	if b.number != l.builds {
		_ = os.Remove(b.program) // a later one is on its way
		return
	}
	l.cancel()
	l.cancel = nil
	if old := l.program; old != "" {
		_ = os.Remove(old) // who runs it has it open
	}
	l.program = ""
	if b.report != nil {
		l.broken(b.report, b.report.Text())
		return
	}
	l.program = b.program
	l.config.Observe(Event{Kind: "built", Took: b.took})
	l.say("built in %v", b.took.Round(time.Millisecond))
	l.start()
}

// start starts the program that was built last.
func (l *Loop) start() {
	c, err := startChild(l)
	if err != nil {
		r := &debug.Report{Title: "The program does not start", Command: l.program, Output: err.Error(), Note: "Change a file to build it anew."}
		l.broken(r, r.Text())
		return
	}
	l.child = c
	l.config.Observe(Event{Kind: "started"})
	l.front.serving()
}

// broken shows what is wrong, in the browser and, as text, here.
func (l *Loop) broken(r *debug.Report, text string) {
	fmt.Fprintf(l.config.Out, "\n%s", text)
	l.front.broken(r)
	l.config.Observe(Event{Kind: "broken"})
}

// retire tells the program that serves to end. It finishes what runs.
func (l *Loop) retire() {
	if l.child == nil {
		return
	}
	l.retired[l.child] = true
	l.child.end(l.config.Grace)
	l.child = nil
}

// hear follows what a program says.
func (l *Loop) hear(s said) {
	if s.child != l.child {
		return
	}
	switch s.Kind {
	case "folder":
		s.child.folders = append(s.child.folders, s.Path)
	case "ready":
		url := s.url(l.front.url)
		l.say("ready at %s", url)
		l.config.Observe(Event{Kind: "ready", URL: url})
	}
}

// lost follows the end of a program.
func (l *Loop) lost(c *child) {
	c.ended()
	l.config.Observe(Event{Kind: "ended"})
	if l.retired[c] {
		delete(l.retired, c)
		return
	}
	l.child = nil
	r := c.report()
	here := *r // what it said stands here already
	here.Output, here.Note = "", again
	l.broken(r, here.Text())
}

// stop ends everything.
func (l *Loop) stop() error {
	if l.cancel != nil {
		l.cancel()
	}
	l.retire()
	if len(l.retired) > 0 {
		l.say("ending; Ctrl-C once more does not wait for what runs")
	}
	for len(l.retired) > 0 { // each is killed when its grace is over
		select {
		case c := <-l.ended:
			c.ended()
			delete(l.retired, c)
		case <-l.said:
		case <-l.hurry:
			for c := range l.retired {
				_ = killGroup(c.cmd.Process.Pid)
			}
		}
	}
	return nil
}
