package hosts_test

import (
	"fmt"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/hosts"
)

var ok = gateway.HandlerFunc(func(x *gateway.Exchange) error { return nil })

func Example() {
	h := gateway.Chain(ok, hosts.New("example.com"))
	fmt.Println(gatewaytest.Do(h, gatewaytest.Request{Host: "example.com:8080"}).Status)
	fmt.Println(gatewaytest.Do(h, gatewaytest.Request{Host: "evil.example"}).Status)
	// Output:
	// 200
	// 400
}

func TestHas(t *testing.T) {
	list, err := hosts.Parse([]string{"example.com", ".example.org", "[::1]", "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{
		"example.com": true, "EXAMPLE.com:8080": true, "example.com.": true, "example.com.:80": true, "www.example.com": false, "example.comx": false,
		"example.org": true, "a.example.org": true, ".example.org": false, "a.b.example.org:1": true, "badexample.org": false, "example.org.evil": false,
		"evil.example/.example.org": false, "evil.example#.example.org": false, `evil.example\.example.org`: false, "ada@a.example.org": false, "a%2f.example.org": false, "a b.example.org": false,
		"[::1]": true, "[::1]:80": true, "[::2]": false, "127.0.0.1": true, "": false, ":80": false, ".": false,
	} {
		if got := list.Has(host); got != want {
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { list.Has("a.example.org:80") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestNewPanicsAtMistakes(t *testing.T) {
	for _, bad := range [][]string{nil, {""}, {"."}, {"*.example.com"}, {"example.com:80"}, {"https://example.com"}, {"a b"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is taken", bad)
				}
			}()
			hosts.New(bad...)
		}()
	}
}
