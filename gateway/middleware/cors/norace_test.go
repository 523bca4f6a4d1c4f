//go:build !race && !dewardebug

package cors_test

import (
	"testing"

	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/cors"
)

// With misuse detection every exchange is a new one, whose lists grow anew.
func TestCost(t *testing.T) {
	with, plain := gatewaytest.Recorder{Handler: cors.New(cors.Config{Origins: []string{"https://a.example"}, Credentials: true})(ok)}, gatewaytest.Recorder{Handler: ok}
	q := from("https://a.example")
	a, b := testing.AllocsPerRun(100, func() { with.Do(q) }), testing.AllocsPerRun(100, func() { plain.Do(q) })
	if a > b {
		t.Errorf("%v allocations, %v without", a, b)
	}
}
