package gateway_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
)

func TestLogFault(t *testing.T) {
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
	defer slog.SetDefault(before)
	r := &gateway.Request{Method: "GET", Target: "/a\nb"}
	panicked := fmt.Errorf("wrapped: %w", &gateway.PanicError{Value: "boom", Stack: []byte("goroutine 1")})
	for _, c := range []struct {
		r    *gateway.Request
		err  error
		want []string
		not  string
	}{
		{r, errors.New("disk full"), []string{"level=ERROR", `error="disk full"`, "method=GET", `target="/a\nb"`}, "stack"},
		{nil, errors.New("disk full"), []string{`error="disk full"`}, "method"},
		{r, panicked, []string{"boom", `stack="goroutine 1"`}, "disk"},
	} {
		out.Reset()
		gateway.LogFault(c.r, c.err)
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%v: %q has no %q", c.err, out.String(), want)
			}
		}
		if strings.Contains(out.String(), c.not) || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%v: %q", c.err, out.String())
		}
	}
}
