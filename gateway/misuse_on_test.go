//go:build race || dewardebug

package gateway_test

import (
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// An exchange that is used after its handler returned panics with its request.
func TestMisuse(t *testing.T) {
	rec := gatewaytest.Recorder{}
	for name, use := range map[string]func(x *gateway.Exchange){
		"Read":         func(x *gateway.Exchange) { x.Read(nil) },
		"Write":        func(x *gateway.Exchange) { x.Write(nil) },
		"WriteString":  func(x *gateway.Exchange) { x.WriteString("") },
		"Flush":        func(x *gateway.Exchange) { x.Flush() },
		"SendFile":     func(x *gateway.Exchange) { x.SendFile(nil, 0, 0) },
		"Inform":       func(x *gateway.Exchange) { x.Inform(103, nil) },
		"Hijack":       func(x *gateway.Exchange) { x.Hijack() },
		"Context":      func(x *gateway.Exchange) { x.Context() },
		"SetDeadlines": func(x *gateway.Exchange) { x.SetDeadlines(time.Time{}, time.Time{}) },
		"Wrap":         func(x *gateway.Exchange) { x.Wrap(nil) },
		"OnFinish":     func(x *gateway.Exchange) { x.OnFinish(nil) },
	} {
		var late *gateway.Exchange
		rec.Handler = handler(func(x *gateway.Exchange) error { late = x; return joinError(x.WriteString("ok")) })
		rec.Do(gatewaytest.Request{Target: "/late"})
		rec.Do(gatewaytest.Request{}) // the next one does not hide it
		func() {
			defer func() {
				text, _ := recover().(string)
				if !strings.Contains(text, "after its handler returned") || !strings.Contains(text, "GET /") {
					t.Errorf("%s: panic %q", name, text)
				}
			}()
			use(late)
		}()
	}
}

func TestMisuseRenewGivesANewExchange(t *testing.T) {
	x := new(gateway.Exchange)
	if x.Renew() == x {
		t.Error("an exchange was reused")
	}
}
