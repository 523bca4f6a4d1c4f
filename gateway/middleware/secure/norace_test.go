//go:build !race && !dewardebug

package secure_test

import (
	"testing"

	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
)

// With misuse detection every exchange is a new one, whose lists grow anew.
func TestCost(t *testing.T) {
	with, plain := gatewaytest.Recorder{Handler: secure.New(secure.Config{})(ok)}, gatewaytest.Recorder{Handler: ok}
	a, b := testing.AllocsPerRun(100, func() { with.Do(gatewaytest.Request{}) }), testing.AllocsPerRun(100, func() { plain.Do(gatewaytest.Request{}) })
	if a > b {
		t.Errorf("%v allocations, %v without", a, b)
	}
}
