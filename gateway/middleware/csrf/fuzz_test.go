package csrf_test

import (
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/csrf"
)

// No cookie and token that somebody makes up, without a secret in common, pass.
func FuzzForgery(f *testing.F) {
	f.Add("csrf=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "token")
	f.Add("csrf=; csrf==", "")
	h := csrf.New(csrf.Config{})(page)
	r := gatewaytest.Recorder{Handler: h}
	f.Fuzz(func(t *testing.T, cookie, token string) {
		if !gateway.ValidValue(cookie) || !gateway.ValidValue(token) || len(token) == 86 { // of that length it could be one, of the cookie beside it
			return
		}
		res := r.Do(gatewaytest.Request{Method: "POST", Header: gateway.Header{{Name: "Cookie", Value: cookie}, {Name: "X-CSRF-Token", Value: token}}})
		if res.Status != 403 {
			t.Fatalf("%q with %q: %d", cookie, token, res.Status)
		}
	})
}
