package nethttp

import (
	"errors"
	"fmt"
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
