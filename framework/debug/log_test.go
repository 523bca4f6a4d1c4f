package debug_test

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"

	"github.com/dewar-go/dewar/framework/debug"
)

// What has several lines stands below the line, and the rest is slog's.
func TestLogKeepsTheLinesOfAStack(t *testing.T) {
	plain := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	for _, c := range []struct {
		name string
		log  func(l *slog.Logger)
		want string
	}{
		{"one line", func(l *slog.Logger) { l.Info("hello", "path", "/a b") }, "level=INFO msg=hello path=\"/a b\"\n"},
		{"a stack", func(l *slog.Logger) {
			l.Error("request failed", "stack", "goroutine 1:\nmain.main()\n\tmain.go:20\n", "path", "/")
		}, "level=ERROR msg=\"request failed\" path=/\n  stack: goroutine 1:\n    main.main()\n    \tmain.go:20\n"},
		{"an error", func(l *slog.Logger) { l.Error("failed", "error", errors.New("a.html:3\n\t^")) }, "level=ERROR msg=failed\n  error: a.html:3\n    \t^\n"},
		{"with and group", func(l *slog.Logger) { l.With("id", 7).WithGroup("g").Info("m", "path", "/", "text", "a\nb") }, "level=INFO msg=m id=7 g.path=/\n  text: a\n    b\n"},
		{"a group stays in its line", func(l *slog.Logger) { l.Info("m", slog.Group("g", "text", "a\nb")) }, "level=INFO msg=m g.text=\"a\\nb\"\n"},
		{"below the level", func(l *slog.Logger) { l.Debug("m", "text", "a\nb") }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			c.log(slog.New(debug.LogHandler(&out, &slog.HandlerOptions{ReplaceAttr: plain})))
			if out.String() != c.want {
				t.Errorf("%q, want %q", &out, c.want)
			}
		})
	}
}
