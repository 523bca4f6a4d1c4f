//go:build !race && !dewardebug

package gateway_test

import (
	"errors"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// Without misuse detection an exchange that is used too late says so by an error.
func TestUseAfterReturn(t *testing.T) {
	var x *gateway.Exchange
	gatewaytest.Do(handler(func(late *gateway.Exchange) error { x = late; return joinError(x.WriteString("ok")) }), gatewaytest.Request{})
	_, read := x.Read(nil)
	_, write := x.Write(nil)
	_, _, hijack := x.Hijack()
	for name, err := range map[string]error{
		"Read": read, "Write": write, "Hijack": hijack, "Flush": x.Flush(), "SendFile": x.SendFile(nil, 0, 0),
		"Inform": x.Inform(103, nil), "SetDeadlines": x.SetDeadlines(time.Time{}, time.Time{}), "Wrap": x.Wrap(nil),
	} {
		if !errors.Is(err, gateway.ErrFinished) {
			t.Errorf("%s: %v, want ErrFinished", name, err)
		}
	}
	if x.Context().Err() == nil {
		t.Error("Context lives on")
	}
	x.OnFinish(nil) // nothing to be run
}

func TestRenewReuses(t *testing.T) {
	x := new(gateway.Exchange)
	if x.Renew() != x {
		t.Error("an exchange was not reused")
	}
}
