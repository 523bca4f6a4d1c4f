//go:build !unix

package dev

import (
	"errors"
	"os"
	"os/exec"
)

// Sockets are inherited on Unix only; there is no loop elsewhere.

func group(*exec.Cmd) {}

func dieWithUs(*exec.Cmd) {}

func terminate(int) error { return errors.ErrUnsupported }

func killGroup(pid int) error {
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return p.Kill()
}

func socketPair() (ours, theirs *os.File, err error) { return nil, nil, errors.ErrUnsupported }
