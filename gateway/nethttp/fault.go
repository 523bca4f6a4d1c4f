package nethttp

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/dewar-go/dewar/gateway"
)

// gone marks an error from writing as the client's leave, unless it is about what
// was written or about what the writer can do.
func gone(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, http.ErrContentLength),
		errors.Is(err, http.ErrBodyNotAllowed), errors.Is(err, http.ErrHandlerTimeout):
		return err
	}
	return fmt.Errorf("%w: %w", gateway.ErrGone, err)
}

// logError is the error hook where none is given.
func logError(r *gateway.Request, err error) {
	attrs := []any{slog.Any("error", err)}
	if r != nil {
		attrs = append(attrs, slog.String("method", r.Method), slog.String("target", r.Target))
	}
	if p, ok := errors.AsType[*gateway.PanicError](err); ok {
		attrs = append(attrs, slog.String("stack", string(p.Stack)))
	}
	slog.Error("dewar: exchange failed", attrs...)
}
