package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/config"
	"github.com/dewar-go/dewar/templates"
)

// check looks for mistakes without serving anything: those of settings, declarations and
// templates, together.
func (p *program) check() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Look for mistakes in settings, routes and templates, and report all at once",
		Long: "Look for mistakes in settings, routes and templates, and report all at once.\n" +
			"Nothing is served, and what the application does at its start is not done.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			errs := []error{p.checkServer()}
			app, err := p.app()
			errs = append(errs, err)
			if app != nil {
				errs = append(errs, app.Freeze(), checkTemplates(app), checkCommands(app, cmd.Root()))
			}
			if err := errors.Join(errs...); err != nil {
				return err
			}
			fmt.Fprintf(p.stdout, "no mistakes: %d routes, %d settings\n", len(app.Routes()), len(config.Describe(app.Config)))
			return nil
		},
	}
}

// checkTemplates compiles the templates of an App.Renderer. Those of App.Templates are
// checked by the application's own function, at the freeze.
func checkTemplates(app *framework.App) error {
	if env, ok := app.Renderer.(*templates.Environment); ok {
		return env.Check()
	}
	return nil
}

// checkCommands finds those whose names the program has itself.
func checkCommands(app *framework.App, root *cobra.Command) error {
	var errs []error
	for _, info := range app.Commands() {
		word := append(slices.Clone(info.Group), info.Name)[0]
		if own(root, word) != nil {
			errs = append(errs, fmt.Errorf("%s: command %q cannot be called: the program has one of that name", info.Source, info.Path()))
		}
	}
	return errors.Join(errs...)
}
