package gateway_test

import (
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

func TestMountMovesBackAfterAPanic(t *testing.T) {
	m := gateway.Mount("/a", handler(func(x *gateway.Exchange) error { panic("boom") }))
	gatewaytest.Do(handler(func(x *gateway.Exchange) error {
		defer func() {
			if recover() == nil || x.Request.Root != "" || x.Request.Path != "/a/b" {
				t.Errorf("Root %q, Path %q", x.Request.Root, x.Request.Path)
			}
		}()
		return m.Serve(x)
	}), gatewaytest.Request{Target: "/a/b"})
}

func TestMountRefusesPrefixes(t *testing.T) {
	for _, prefix := range []string{"", "a", "/", "/a/", "//a", "/a//b", "/.", "/a/..", "/%2e%2E/a", "/%2e"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Mount took %q", prefix)
				}
			}()
			gateway.Mount(prefix, nil)
		}()
	}
}
