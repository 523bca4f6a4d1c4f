//go:build !linux

package server

// Elsewhere a watch reads ahead.
type hangups struct{}

func (h *hangups) follow(*watch, *conn) bool { return false }
func (h *hangups) forget(*watch, *conn)      {}
func (h *hangups) close()                    {}
