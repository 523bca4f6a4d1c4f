package framework_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/requestid"
)

func TestContextEndsWithItsClient(t *testing.T) {
	app, log := newApp(t)
	left := make(chan error, 1)
	app.Get("/", func(c *framework.Context) error {
		ctx, cancel := context.WithTimeout(c, time.Minute)
		defer cancel()
		<-ctx.Done()
		left <- ctx.Err()
		return ctx.Err()
	})
	call := (&gatewaytest.Recorder{Handler: app}).Start(gatewaytest.Request{Target: "/"})
	call.Close()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	call.Result()
	if strings.Contains(log.String(), "request failed") {
		t.Errorf("a client that left was logged as a fault: %s", log)
	}
}

func TestContextUsedAfterItsRequestPanics(t *testing.T) {
	app, _ := newApp(t)
	var kept *framework.Context
	app.Get("/", func(c *framework.Context) error {
		kept = c
		c.Done() // whoever asks for Done may keep the context: it is not used again
		return c.NoContent()
	})
	ask(t, app, "GET", "/")
	for name, use := range map[string]func(){
		"Text":     func() { kept.Text("late") },
		"Param":    func() { kept.Param("id") },
		"Request":  func() { kept.Request() },
		"Endpoint": func() { kept.Endpoint() },
		"Detach":   func() { kept.Detach() },
	} {
		func() {
			defer func() {
				if s, _ := recover().(string); !strings.Contains(s, "used after its request") {
					t.Errorf("%s after the request: %q", name, s)
				}
			}()
			use()
		}()
	}
	if !errors.Is(context.Cause(kept), gateway.ErrFinished) && kept.Err() == nil {
		t.Error("the context has not ended")
	}
}

func TestKeptContextIsNotReused(t *testing.T) {
	app, _ := newApp(t)
	var first, second *framework.Context
	app.Get("/first", func(c *framework.Context) error { first = c; c.Done(); return c.NoContent() })
	app.Get("/second", func(c *framework.Context) error { second = c; return c.NoContent() })
	r := &gatewaytest.Recorder{Handler: app}
	r.Do(gatewaytest.Request{Target: "/first"})
	r.Do(gatewaytest.Request{Target: "/second"})
	if first == second {
		t.Error("a context that may still be held served another request")
	}
}

func TestDetachKeepsValuesAndDropsCancellation(t *testing.T) {
	app, _ := newApp(t)
	key := framework.NewKey[string]("user")
	var ctx context.Context
	app.Get("/", func(c *framework.Context) error {
		key.Set(c, "ada")
		ctx = c.Detach()
		key.Set(c, "eve")
		return c.NoContent()
	})
	ask(t, app, "GET", "/")
	if got := key.Value(ctx); got != "ada" || ctx.Err() != nil {
		t.Errorf("value %q, err %v", got, ctx.Err())
	}
}

func TestKeysAreTypedAndDistinct(t *testing.T) {
	app, _ := newApp(t)
	one, two := framework.NewKey[int]("n"), framework.NewKey[int]("n")
	app.BeforeRequest(func(c *framework.Context) error { one.Set(c, 7); return nil })
	app.Get("/", func(c *framework.Context) error {
		derived, cancel := context.WithCancel(c)
		defer cancel()
		if one.Value(c) != 7 || one.Value(derived) != 7 {
			t.Errorf("values %d, %d", one.Value(c), one.Value(derived))
		}
		if _, ok := two.Lookup(c); ok {
			t.Error("two keys of one name are the same")
		}
		return c.NoContent()
	})
	app.Get("/next", func(c *framework.Context) error { return c.NoContent() })
	ask(t, app, "GET", "/")
}

func TestIntPanicsForAnUnknownVariable(t *testing.T) {
	app, log := newApp(t)
	app.Get("/<name>", func(c *framework.Context) error { return c.JSON(c.Int("name")) })
	if r := ask(t, app, "GET", "/x"); r.Status != 500 || !strings.Contains(log.String(), `rule \"/<name>\" has no <int:name>`) {
		t.Errorf("%d, %s", r.Status, log)
	}
}

func TestArgsHaveTheirTypes(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/<int:i>/<float:f>/<s>", func(c *framework.Context) error {
		if c.Int("i") != 7 || c.Float("f") != 1.5 || c.Arg("s") != "x" || c.Int("page") != 1 || c.Param("page") != "1" || len(c.Args()) != 4 {
			t.Errorf("args %v", c.Args())
		}
		return c.NoContent()
	}).Defaults("page", 1)
	ask(t, app, "GET", "/7/1.5/x")
}

func TestLoggerCarriesTheRequest(t *testing.T) {
	app, log := newApp(t)
	app.Logger = slog.New(slog.NewTextHandler(log, nil))
	app.Use(requestid.New(requestid.Config{Generate: func() string { return "7" }}))
	app.BeforeRequest(func(c *framework.Context) error { c.LogWith("user", "ada"); return nil })
	app.Get("/a", func(c *framework.Context) error { c.Logger().Info("hi"); return errors.New("bug") }).Name("here")
	ask(t, app, "GET", "/a")
	for line := range strings.Lines(log.String()) {
		if !strings.Contains(line, "path=/a endpoint=here rule=/a request_id=7 user=ada") {
			t.Errorf("log: %s", line)
		}
	}
	if n := strings.Count(log.String(), "\n"); n != 2 {
		t.Errorf("%d lines: %s", n, log)
	}
}

type renderFunc func(w io.Writer, name string) error

func (f renderFunc) RenderContext(_ context.Context, w io.Writer, name string, _ any) error {
	return f(w, name)
}

func TestRenderSendsAllOrNothing(t *testing.T) {
	app, _ := newApp(t)
	app.Renderer = renderFunc(func(w io.Writer, name string) error {
		io.WriteString(w, "half")
		if name == "broken.html" {
			return errors.New("line 3")
		}
		return nil
	})
	app.Get("/<name>", func(c *framework.Context) error { return c.Render(c.Param("name"), nil) })
	if r := ask(t, app, "GET", "/broken.html"); r.Status != 500 || strings.Contains(string(r.Body), "half") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	for name, media := range map[string]string{"a.html": "text/html; charset=utf-8", "a.txt": "text/plain; charset=utf-8", "feed.xml": "application/xml"} {
		if r := ask(t, app, "GET", "/"+name); string(r.Body) != "half" || r.Header.Value("Content-Type") != media {
			t.Errorf("%s: %q as %s", name, r.Body, r.Header.Value("Content-Type"))
		}
	}
}

// database/sql and others ask a context from goroutines that outlive the request: that is
// no race, and finds the request over.
func TestContextIsAskedWhileTheRequestEnds(t *testing.T) {
	ended := make(chan error, 1)
	app := one(func(c *framework.Context) error {
		child, cancel := context.WithCancel(c) // asks for Done, as every user of a context does
		done := c.Done()
		begun := make(chan struct{})
		go func() {
			defer cancel()
			close(begun)
			for range 100 {
				_, _, _ = c.Err(), c.Value("key"), context.Cause(child)
				c.Deadline()
			}
			<-done
			ended <- c.Err()
		}()
		<-begun
		return c.Text("ok")
	})
	gatewaytest.Do(app, gatewaytest.Request{})
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("after the request Err is %v", err)
	}
}

// A goroutine that was given the Context as a context looks for values while the handler
// sets some: no race.
func TestKeysAreSetBesideTheirReaders(t *testing.T) {
	one, two := framework.NewKey[int]("one"), framework.NewKey[int]("two")
	app := framework.New("keys")
	app.Get("/", func(c *framework.Context) error {
		child, cancel := context.WithCancel(c)
		defer cancel()
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for i := range 100 {
					_, _, _ = one.Value(c), two.Value(child), c.Detach()
					two.Set(c, i)
				}
			})
		}
		for i := range 100 {
			one.Set(c, i)
		}
		readers.Wait()
		return c.JSON([]int{one.Value(c), two.Value(child)})
	})
	if got := string(gatewaytest.Do(app, gatewaytest.Request{}).Body); got != "[99,99]" {
		t.Error(got)
	}
}

// An application inside another one has a Context of its own, and both find theirs again
// on the connection's next request.
func TestApplicationsWithinAnotherHaveTheirOwnContext(t *testing.T) {
	inner := framework.New("inner")
	inner.Get("/<name>", func(c *framework.Context) error { return c.Text("inner " + c.Param("name") + c.Query().Value("q")) })
	outer := framework.New("outer")
	outer.Get("/<name>", func(c *framework.Context) error {
		name := c.Param("name")
		if err := inner.Serve(c.Exchange()); err != nil {
			return err
		}
		c.SetHeader("X-Outer", name+c.Param("name")+c.Endpoint())
		return nil
	}).Name("page")
	client := outer.TestClient(t)
	for _, name := range []string{"a", "b", "c"} {
		r := client.Get("/" + name + "?q=" + name).Do()
		if got, want := r.Text()+" "+r.Header.Value("X-Outer"), "inner "+name+name+" "+name+name+"page"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
