//go:build !unix

package descriptor

import (
	"errors"
	"net"
	"os"
)

// Duplicate is for Unix only.
func Duplicate(net.Listener) (*os.File, error) { return nil, errors.ErrUnsupported }
