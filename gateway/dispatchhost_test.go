package gateway_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

func called(name string) gateway.Handler {
	return gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response.Body = []byte(name + x.Request.Root)
		return nil
	})
}

func ExampleDispatchHosts() {
	h := gateway.DispatchHosts(called("main"), map[string]gateway.Handler{
		"api.example.com": gateway.Dispatch(called("api"), map[string]gateway.Handler{"/v1": called("v1")}),
		".example.org":    called("tenant"),
	})
	for _, q := range []gatewaytest.Request{{Host: "api.example.com:8080", Target: "/v1/a"}, {Host: "a.example.org"}, {Host: "example.com"}} {
		fmt.Println(string(gatewaytest.Do(h, q).Body))
	}
	// Output:
	// v1/v1
	// tenant
	// main
}

func TestDispatchHosts(t *testing.T) {
	h := gateway.DispatchHosts(nil, map[string]gateway.Handler{
		"Example.com": called("exact"), ".example.com": called("below"), ".a.example.com": called("deeper"), "www.a.example.com": called("one"), "[::1]": called("six"),
	})
	for host, want := range map[string]string{
		"example.com": "exact", "EXAMPLE.COM:80": "exact", "example.com.": "exact", "www.example.com": "below", "x.a.example.com": "deeper", "a.example.com": "below",
		"www.a.example.com:1": "one", "[::1]:8080": "six", "[::1]": "six", "badexample.com": "", "example.com.evil": "", ".example.com": "", "other": "",
	} {
		res := gatewaytest.Do(h, gatewaytest.Request{Host: host})
		if want == "" {
			if res.Status != 421 {
				t.Errorf("%s: %d", host, res.Status)
			}
			continue
		}
		if got := string(res.Body); got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
}

type living struct {
	gateway.Handler
	name string
	log  *[]string
}

func (l living) Startup(context.Context, gateway.ServerInfo) error {
	*l.log = append(*l.log, "+"+l.name)
	return nil
}

func (l living) Shutdown(context.Context) error {
	*l.log = append(*l.log, "-"+l.name)
	return nil
}

func TestDispatchHostsKeepsLifespans(t *testing.T) {
	var log []string
	h := gateway.DispatchHosts(living{nil, "rest", &log}, map[string]gateway.Handler{"b": living{nil, "b", &log}, "a": living{nil, "a", &log}})
	gateway.Startup(context.Background(), h, gateway.ServerInfo{})
	gateway.Shutdown(context.Background(), h)
	if want := []string{"+a", "+b", "+rest", "-rest", "-b", "-a"}; !slices.Equal(log, want) {
		t.Errorf("%q", log)
	}
}

func TestDispatchHostsPanicsAtMistakes(t *testing.T) {
	for _, hosts := range []map[string]gateway.Handler{
		{"": nil}, {".": nil}, {"a:80": nil}, {"http://a": nil}, {"*.a": nil}, {"a.": nil}, {"a": called("1"), "A": called("2")}, {".a": called("1"), ".A": called("2")},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v is taken", hosts)
				}
			}()
			gateway.DispatchHosts(nil, hosts)
		}()
	}
}
