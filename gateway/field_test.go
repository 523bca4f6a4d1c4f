package gateway_test

import (
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
)

const tchar = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" // RFC 9110 §5.6.2

func TestValidName(t *testing.T) {
	for i := range 256 {
		c := string([]byte{byte(i)})
		want := strings.Contains(tchar, c)
		if gateway.ValidName(c) != want || gateway.ValidName("x"+c) != want || gateway.ValidName(c+"x") != want || gateway.IsTokenByte(byte(i)) != want {
			t.Errorf("byte %#x in a name: want %v", i, want)
		}
	}
	if gateway.ValidName("") {
		t.Error("the empty name is valid")
	}
}

func TestValidValue(t *testing.T) { // RFC 9110 §5.5
	for i := range 256 {
		inside := i == '\t' || i >= 0x20 && i != 0x7f
		outside := inside && i != '\t' && i != ' '
		c := string([]byte{byte(i)})
		if gateway.ValidValue("x"+c+"x") != inside || gateway.IsValueByte(byte(i)) != inside {
			t.Errorf("byte %#x inside a value: want %v", i, inside)
		}
		if gateway.ValidValue(c) != outside || gateway.ValidValue(c+"x") != outside || gateway.ValidValue("x"+c) != outside {
			t.Errorf("byte %#x at the edge of a value: want %v", i, outside)
		}
	}
	if !gateway.ValidValue("") {
		t.Error("the empty value is not valid")
	}
}

func TestValidTrailer(t *testing.T) { // RFC 9110 §6.5.1
	for _, name := range []string{"X-Sum", "Server-Timing", "ETag", "Digest", "grpc-status", "Trailers"} {
		if !gateway.ValidTrailer(name) {
			t.Errorf("%s is refused", name)
		}
	}
	for _, name := range []string{"content-length", "Transfer-Encoding", "HOST", "Set-Cookie", "authorization", "Content-Type",
		"Content-Encoding", "Content-Range", "Trailer", "Connection", "Cache-Control", "Expect", "TE", "Location", "X-Forwarded-For"} {
		if gateway.ValidTrailer(name) {
			t.Errorf("%s is taken", name)
		}
	}
}
