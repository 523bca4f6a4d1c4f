// Package dev is the development loop, dewar run.
package dev

import (
	"errors"

	"github.com/fsnotify/fsnotify"
	"github.com/spf13/cobra"
)

// errUnfinished keeps the loop from being mistaken for one that works.
var errUnfinished = errors.New("dewar run is still being written; run the application by go run")

var _ = fsnotify.NewWatcher // what the loop listens to

// Command is dewar run.
func Command() *cobra.Command {
	return &cobra.Command{
		Use:    "run",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE:   func(*cobra.Command, []string) error { return errUnfinished },
	}
}
