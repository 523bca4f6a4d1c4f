package gateway_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// a layer is a middleware's handler with a Lifespan that keeps a diary.
type layer struct {
	gateway.Handler
	name  string
	fail  map[string]error
	diary *[]string
}

func (l *layer) Startup(_ context.Context, s gateway.ServerInfo) error {
	*l.diary = append(*l.diary, "+"+l.name)
	return l.fail["+"+l.name]
}

func (l *layer) Shutdown(context.Context) error {
	*l.diary = append(*l.diary, "-"+l.name)
	return l.fail["-"+l.name]
}

func (l *layer) Serve(x *gateway.Exchange) error {
	x.WriteString(l.name + "(")
	err := l.Handler.Serve(x)
	x.WriteString(")")
	return err
}

func tower(diary *[]string, fail map[string]error) gateway.Handler {
	wrap := func(name string) gateway.Middleware {
		return func(next gateway.Handler) gateway.Handler { return &layer{next, name, fail, diary} }
	}
	plain := func(next gateway.Handler) gateway.Handler { return handler(next.Serve) }
	app := &layer{handler(func(x *gateway.Exchange) error { return nil }), "app", fail, diary}
	return gateway.Chain(app, wrap("outer"), plain, wrap("inner"))
}

func TestChainOrder(t *testing.T) {
	var diary []string
	h := tower(&diary, nil)
	if got := string(gatewaytest.Do(h, gatewaytest.Request{}).Body); got != "outer(inner(app()))" {
		t.Errorf("served %s", got)
	}
	ctx := context.Background()
	if err := errors.Join(gateway.Startup(ctx, h, gateway.ServerInfo{}), gateway.Shutdown(ctx, h)); err != nil {
		t.Error(err)
	}
	if got := strings.Join(diary, " "); got != "+app +inner +outer -outer -inner -app" {
		t.Errorf("diary: %s", got)
	}
}

func TestChainOfNothing(t *testing.T) {
	h := gateway.Chain(handler(func(x *gateway.Exchange) error { return joinError(x.WriteString("app")) }))
	if got := string(gatewaytest.Do(h, gatewaytest.Request{}).Body); got != "app" {
		t.Errorf("served %s", got)
	}
	if err := gateway.Startup(context.Background(), h, gateway.ServerInfo{}); err != nil {
		t.Error(err)
	}
}

// A middleware that has nothing to do returns what it was given, which is still one layer.
func TestChainStartsALayerOnce(t *testing.T) {
	var diary []string
	nothing := func(next gateway.Handler) gateway.Handler { return next }
	wrap := func(next gateway.Handler) gateway.Handler { return &layer{next, "outer", nil, &diary} }
	for _, app := range []gateway.Handler{
		&layer{handler(func(x *gateway.Exchange) error { return nil }), "app", nil, &diary},
		layered{&layer{handler(func(x *gateway.Exchange) error { return nil }), "app", nil, &diary}},
	} {
		diary = nil
		h := gateway.Chain(app, nothing, wrap, nothing, nothing)
		ctx := context.Background()
		if err := errors.Join(gateway.Startup(ctx, h, gateway.ServerInfo{}), gateway.Shutdown(ctx, h)); err != nil {
			t.Error(err)
		}
		if got := strings.Join(diary, " "); got != "+app +outer -outer -app" {
			t.Errorf("%T: diary %s", app, got)
		}
		if got := string(gatewaytest.Do(h, gatewaytest.Request{}).Body); got != "outer(app())" {
			t.Errorf("%T: served %s", app, got)
		}
	}
}

// layered is a Lifespan that is no pointer.
type layered struct{ *layer }

// A nil handler is the application's mistake, which the first request meets.
func TestChainOfNil(t *testing.T) {
	h := gateway.Chain(nil, func(next gateway.Handler) gateway.Handler { return next })
	if err := gateway.Startup(context.Background(), h, gateway.ServerInfo{}); err != nil {
		t.Error(err)
	}
}

func TestChainStartupFailure(t *testing.T) {
	down, stuck := errors.New("database down"), errors.New("stuck")
	for at, want := range map[string]string{"+app": "+app", "+inner": "+app +inner -app", "+outer": "+app +inner +outer -inner -app"} {
		var diary []string
		h := tower(&diary, map[string]error{at: down, "-app": stuck})
		err := gateway.Startup(context.Background(), h, gateway.ServerInfo{})
		if !errors.Is(err, down) || errors.Is(err, stuck) != (at != "+app") {
			t.Errorf("%s: %v", at, err)
		}
		if got := strings.Join(diary, " "); got != want {
			t.Errorf("%s: diary %s, want %s", at, got, want)
		}
	}
}

// All layers are shut down, whoever fails, and all errors are heard of.
func TestChainShutdownFailure(t *testing.T) {
	one, two := errors.New("one"), errors.New("two")
	var diary []string
	h := tower(&diary, map[string]error{"-outer": one, "-app": two})
	err := gateway.Shutdown(context.Background(), h)
	if !errors.Is(err, one) || !errors.Is(err, two) || strings.Join(diary, " ") != "-outer -inner -app" {
		t.Errorf("%v, diary %v", err, diary)
	}
}

func TestLifespanOfAPlainHandler(t *testing.T) {
	h := handler(func(x *gateway.Exchange) error { return nil })
	if err := errors.Join(gateway.Startup(context.Background(), h, gateway.ServerInfo{}), gateway.Shutdown(context.Background(), h)); err != nil {
		t.Error(err)
	}
}

func TestMountKeepsTheLifespan(t *testing.T) {
	var diary []string
	m := gateway.Mount("/a", tower(&diary, nil))
	gateway.Startup(context.Background(), m, gateway.ServerInfo{})
	gateway.Shutdown(context.Background(), m)
	if len(diary) != 6 {
		t.Errorf("diary: %v", diary)
	}
}

func joinError[T any](_ T, err error) error { return err }
