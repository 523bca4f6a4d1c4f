//go:build !linux

package proc

import "errors"

// Measure is not supported: there is no /proc.
func Measure(pid int) (Usage, error) { return Usage{}, errors.ErrUnsupported }

// Memory is not supported: there is no /proc.
func Memory(pid int) (int64, error) { return 0, errors.ErrUnsupported }
