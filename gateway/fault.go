package gateway

import (
	"errors"
	"log/slog"
)

// LogFault reports a fault to log/slog's default logger, at level error, with the
// stack of a panic: what servers do with faults where no hook is given. r is
// borrowed until LogFault returns, and nil where no request was read.
func LogFault(r *Request, err error) {
	attrs := []any{slog.Any("error", err)}
	if r != nil {
		attrs = append(attrs, slog.String("method", r.Method), slog.String("target", r.Target))
	}
	if p, ok := errors.AsType[*PanicError](err); ok {
		attrs = append(attrs, slog.String("stack", string(p.Stack)))
	}
	slog.Error("dewar: exchange failed", attrs...)
}
