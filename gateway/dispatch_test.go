package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// named answers with its name, Root and Path.
func named(name string) gateway.Handler {
	return handler(func(x *gateway.Exchange) error {
		return joinError(x.WriteString(name + ": " + x.Request.Root + " " + x.Request.Path))
	})
}

func TestDispatch(t *testing.T) {
	h := gateway.Dispatch(named("site"), map[string]gateway.Handler{
		"/admin":     named("admin"),
		"/admin/api": named("api"),
		"/b c":       named("blank"),
		"/z":         gateway.Dispatch(nil, map[string]gateway.Handler{"/y": named("inner")}),
	})
	for target, want := range map[string]string{
		"/":                 "site:  /",
		"/admin":            "admin: /admin ",
		"/admin/x":          "admin: /admin /x",
		"/admin/api":        "api: /admin/api ",
		"/admin/api/x":      "api: /admin/api /x",
		"/admin/apis":       "admin: /admin /apis",
		"/%61dmin/%61pi/x":  "api: /%61dmin/%61pi /x",
		"/admin%2Fapi":      "site:  /admin%2Fapi",
		"/administrator":    "site:  /administrator",
		"/b%20c/":           "blank: /b%20c /",
		"/z/y/x":            "inner: /z/y /x",
		"/z/x":              "404 Not Found\n",
		"/admin/../admin/x": "admin: /admin /../admin/x",
	} {
		if got := string(gatewaytest.Do(h, gatewaytest.Request{Target: target}).Body); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

func TestDispatchLifespan(t *testing.T) {
	var diary []string
	down := errors.New("down")
	fail := map[string]error{}
	app := func(name string) gateway.Handler { return &layer{named(name), name, fail, &diary} }
	h := gateway.Dispatch(app("rest"), map[string]gateway.Handler{"/b": app("b"), "/a/a": app("aa"), "/a": app("a")})
	ctx := context.Background()
	if err := errors.Join(gateway.Startup(ctx, h, gateway.ServerInfo{}), gateway.Shutdown(ctx, h)); err != nil {
		t.Error(err)
	}
	if got := strings.Join(diary, " "); got != "+a +aa +b +rest -rest -b -aa -a" {
		t.Errorf("diary: %s", got)
	}
	diary, fail["+b"] = nil, down
	if err := gateway.Startup(ctx, h, gateway.ServerInfo{}); !errors.Is(err, down) || strings.Join(diary, " ") != "+a +aa +b -aa -a" {
		t.Errorf("%v, diary: %v", err, diary)
	}
}

func TestDispatchRefusesPrefixes(t *testing.T) {
	for name, mounts := range map[string]map[string]gateway.Handler{
		"no slash": {"a": nil},
		"same":     {"/a": nil, "/%61": nil},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: Dispatch took %v", name, mounts)
				}
			}()
			gateway.Dispatch(nil, mounts)
		}()
	}
}

func ExampleDispatch() {
	say := func(text string) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			_, err := x.WriteString(text + " at " + x.Request.Path)
			return err
		})
	}
	h := gateway.Dispatch(say("site"), map[string]gateway.Handler{"/admin": say("admin"), "/api/v1": say("api")})
	for _, target := range []string{"/", "/admin/users", "/api/v1/notes", "/api/v2"} {
		fmt.Printf("%s\n", gatewaytest.Do(h, gatewaytest.Request{Target: target}).Body)
	}
	// Output:
	// site at /
	// admin at /users
	// api at /notes
	// site at /api/v2
}
