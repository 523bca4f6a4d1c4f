package debug

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// LogHandler is slog.NewTextHandler for people who look at a terminal: values of several
// lines, such as the stack of a panic or the place of a template's error, which would be one
// line of thousands of bytes there, stand on lines of their own below it. o may be nil.
func LogHandler(w io.Writer, o *slog.HandlerOptions) slog.Handler {
	return &logHandler{Handler: slog.NewTextHandler(w, o), w: w, together: new(sync.Mutex)}
}

type logHandler struct {
	slog.Handler
	w        io.Writer
	together *sync.Mutex // a record and the lines below it; shared by all that With and WithGroup make
}

func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	var below strings.Builder
	line := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		v := a.Value.Resolve()
		if text := v.String(); v.Kind() != slog.KindGroup && strings.Contains(text, "\n") {
			text = strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ")
			below.WriteString("  " + a.Key + ": " + text + "\n")
			return true
		}
		line.AddAttrs(a)
		return true
	})
	h.together.Lock()
	defer h.together.Unlock()
	if err := h.Handler.Handle(ctx, line); err != nil || below.Len() == 0 {
		return err
	}
	_, err := io.WriteString(h.w, below.String())
	return err
}

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{h.Handler.WithAttrs(attrs), h.w, h.together}
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{h.Handler.WithGroup(name), h.w, h.together}
}
