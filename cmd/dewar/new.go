package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dewar-go/dewar/cmd/dewar/internal/scaffold"
)

// newNew is dewar new.
func newNew() *cobra.Command {
	o := scaffold.Options{Template: "minimal", Gateway: "server"}
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Write an application that builds, and whose tests pass",
		Long: `Write an application that builds, and whose tests pass, into the folder NAME.

Templates:
  minimal  one file of routes
  web      pages, accounts, forms, SQLite
  api      JSON: typed handlers, validated input, pages, SQLite`,
		Example: "  dewar new shop --template web\n  dewar new apps/shop --template api --gateway nethttp --module example.com/shop",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("new: takes one name, as in dewar new shop, and %d came; dewar new --help says more", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Dir = args[0]
			if o.Checkout = checkout(); o.Checkout == "" {
				o.Version = published()
			}
			if err := scaffold.Write(o); err != nil {
				return fmt.Errorf("new: %w", err)
			}
			if o.Checkout == "" {
				if err := tidy(cmd, o.Dir); err != nil {
					return err
				}
			}
			fmt.Fprint(cmd.OutOrStdout(), next(o.Dir))
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Template, "template", o.Template, "`name`: "+strings.Join(scaffold.Templates(), ", "))
	flags.StringVar(&o.Gateway, "gateway", o.Gateway, "what serves it: "+strings.Join(scaffold.Gateways, " or "))
	flags.StringVar(&o.Module, "module", "", "`path` of its module (default NAME)")
	for name, values := range map[string][]string{"template": scaffold.Templates(), "gateway": scaffold.Gateways} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	}
	return cmd
}

// next says what to do with an application that was written there.
func next(dir string) string {
	text := "The application is written. What it is made of stands in its README.md.\n\n"
	switch {
	case filepath.Clean(dir) == ".":
	case strings.ContainsAny(dir, " \t'"):
		text += fmt.Sprintf("    cd %q\n", dir)
	default:
		text += "    cd " + dir + "\n"
	}
	return text + "    go test ./...\n    go run .\n"
}

// checkout is the clone of the repository that this program was built from or is run in, ""
// where there is none: it was installed by its version.
func checkout() string {
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) { // unless built with -trimpath
		if dir := filepath.Join(filepath.Dir(file), "..", ".."); isClone(dir) {
			return dir
		}
	}
	dir, err := os.Getwd()
	for err == nil && !isClone(dir) {
		if dir == filepath.Dir(dir) {
			return ""
		}
		dir = filepath.Dir(dir)
	}
	return dir
}

// isClone reports whether the repository lies in that folder.
func isClone(dir string) bool {
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && strings.HasPrefix(string(mod), "module github.com/dewar-go/dewar\n")
}

// published is the version by which this program was installed, "" where there is none.
func published() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || !strings.HasPrefix(info.Main.Version, "v") {
		return ""
	}
	return info.Main.Version
}

// tidy adds the sums of Dewar's own modules, which no template can hold.
func tidy(cmd *cobra.Command, dir string) error {
	c := exec.CommandContext(cmd.Context(), "go", "mod", "tidy")
	c.Dir, c.Stderr = dir, cmd.ErrOrStderr()
	if err := c.Run(); err != nil {
		return fmt.Errorf("new: the application is written, and go mod tidy failed: %w", err)
	}
	return nil
}
