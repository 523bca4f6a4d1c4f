package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/dewar-go/dewar/framework/config"
)

// settings lists what the application is configured with: App.Config.
func (p *program) settings() *cobra.Command {
	var asJSON, gateway bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "List the application's settings, secrets masked",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if gateway {
				s := p.serverSettings()
				if _, err := s.Load(os.Environ()); err != nil {
					return err
				}
				defer s.Close()
				return s.Print(p.stdout)
			}
			return p.listSettings(asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as an object of JSON")
	cmd.Flags().BoolVar(&gateway, "gateway", false, "list the gateway's settings instead, each with the place where it comes from")
	return cmd
}

func (p *program) listSettings(asJSON bool) error {
	app, err := p.app()
	if err != nil {
		return err
	}
	list := config.Describe(app.Config)
	if list == nil {
		return fmt.Errorf("config: the application keeps no struct of settings in App.Config")
	}
	if asJSON {
		values := make(map[string]string, len(list))
		for _, s := range list {
			values[s.Key] = s.Value
		}
		return p.printJSON(values)
	}
	table := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	for _, s := range list {
		fmt.Fprintf(table, "%s\t%s\n", s.Key, s.Value)
	}
	return table.Flush()
}

func (p *program) printJSON(v any) error {
	e := json.NewEncoder(p.stdout)
	e.SetEscapeHTML(false) // a rule has angle brackets, and a terminal is no page
	e.SetIndent("", "  ")
	return e.Encode(v)
}
