package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// completion is the library's own command, which for a shell that it does not know would
// print its help and call that a success: a shell would then run the help. It prints where
// root does now.
func completion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	cmd := own(root, "completion")
	cmd.Use += " SHELL"
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		var shells []string
		for _, c := range cmd.Commands() {
			shells = append(shells, c.Name())
		}
		if len(args) == 0 {
			return fmt.Errorf("completion: takes the name of a shell: %s", strings.Join(shells, ", "))
		}
		return fmt.Errorf("completion: there is none for %q, but for %s", args[0], strings.Join(shells, ", "))
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() } // or the library would not look at args
}
