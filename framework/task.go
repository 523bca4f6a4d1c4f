package framework

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// ErrBusy is returned by Background where App.MaxTasks tasks run already.
var ErrBusy = errors.New("framework: too many background tasks")

// Defaults of App.MaxTasks and App.TaskGrace. A task is a goroutine and what it
// holds; 30 s is the time that Kubernetes gives a container, and Gunicorn's
// graceful_timeout.
const (
	defaultMaxTasks  = 10_000
	defaultTaskGrace = 30 * time.Second
)

// tasks are the background work of an application.
type tasks struct {
	mu      sync.Mutex
	running int
	idle    chan struct{}   // closed when the last one ends, made by wait
	base    context.Context // ends when the grace is over
	cancel  context.CancelFunc
}

// begin counts a task, unless there are too many, and returns the context that
// ends it.
func (t *tasks) begin(limit int) (context.Context, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running >= limit {
		return nil, fmt.Errorf("%w: %d run, App.MaxTasks allows no more", ErrBusy, t.running)
	}
	if t.base == nil {
		t.base, t.cancel = context.WithCancel(context.Background())
	}
	t.running++
	return t.base, nil
}

func (t *tasks) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running--; t.running == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
}

// wait returns when no task is left, or says how many are when ctx has ended.
// Those are told to end.
func (t *tasks) wait(ctx context.Context) error {
	t.mu.Lock()
	left, idle := t.running, t.idle
	if left > 0 && idle == nil {
		t.idle = make(chan struct{})
		idle = t.idle
	}
	t.mu.Unlock()
	if left == 0 {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cancel()
	t.base = nil
	return fmt.Errorf("framework: %d background tasks were cut off: %w", t.running, ctx.Err())
}

// Background runs f in a goroutine of its own, which ends with f. Shutdown waits
// for it up to App.TaskGrace; then ctx ends. A panic in f is logged. The error is
// ErrBusy.
func (a *App) Background(f func(ctx context.Context)) error {
	ctx, err := a.beginTask()
	if err != nil {
		return err
	}
	go a.runTask(ctx, f)
	return nil
}

// Background runs f once the response has been sent. Its context has the values of
// c as they are now, and outlives the request; see App.Background.
func (c *Context) Background(f func(ctx context.Context)) error {
	x, a := c.exchange(), c.app.app
	base, err := a.beginTask()
	if err != nil {
		return err
	}
	ctx := taskContext{base, c.Detach()}
	x.OnFinish(func(gateway.Outcome) { go a.runTask(ctx, f) })
	return nil
}

func (a *App) beginTask() (context.Context, error) {
	return a.tasks.begin(cmp.Or(a.MaxTasks, defaultMaxTasks))
}

func (a *App) runTask(ctx context.Context, f func(context.Context)) {
	defer a.tasks.end()
	if err := guard(func() error { f(ctx); return nil }); err != nil {
		args := []any{"app", a.name, "error", err}
		var p *gateway.PanicError
		if errors.As(err, &p) {
			args = append(args, "stack", string(p.Stack))
		}
		a.logger().Error("background task failed", args...)
	}
}

// drainTasks waits for the tasks that run, within the grace.
func (a *App) drainTasks(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(a.TaskGrace, defaultTaskGrace))
	defer cancel()
	return a.tasks.wait(ctx)
}

// A taskContext ends with the application and has the values of a request.
type taskContext struct {
	context.Context
	values context.Context
}

func (t taskContext) Value(key any) any { return t.values.Value(key) }
