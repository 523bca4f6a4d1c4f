// Dewar is the command beside an application: it makes new ones, runs the one in the
// folder while it is worked on, and hands everything else to the application's own
// program.
//
//	dewar new shop --template web     an application that builds, and its tests pass
//	dewar run                         the development loop
//	dewar routes, config, check, …    those of the application (package framework/cli)
//
// A sub-command is a file here, or a package below internal: dev is the loop, scaffold
// writes applications.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dewar-go/dewar/cmd/dewar/internal/dev"
)

func main() { os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr)) }

// Exit codes, those of Flask's click: 1 where the command failed, 2 where the command
// line cannot be understood.
const (
	failed = 1
	misuse = 2
)

// execute runs the command line and returns the exit code.
func execute(args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	completion(root)
	understood := false
	root.PersistentPreRun = func(*cobra.Command, []string) { understood = true }
	err := root.Execute()
	if err == nil {
		return 0
	}
	if code, ok := errors.AsType[exitCode](err); ok {
		return int(code)
	}
	fmt.Fprintln(stderr, "dewar:", err)
	if strings.HasPrefix(err.Error(), "unknown command") {
		fmt.Fprintln(stderr, "Commands of an application's own are its program's: go run . --help lists them.")
	}
	if !understood {
		return misuse
	}
	return failed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "dewar",
		Short:         "Make and run applications of the web framework Dewar",
		Version:       cmp.Or(published(), "(devel)"),
		SilenceErrors: true, // execute prints them
		SilenceUsage:  true, // a mistake is told in a line, and not buried in the usage
	}
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.AddCommand(newNew(), dev.Command())
	for _, c := range own {
		root.AddCommand(newOwn(c.name, c.short))
	}
	return root
}
