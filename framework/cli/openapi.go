package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dewar-go/dewar/framework/openapi"
)

// openapi prints the application's description, for a file that is kept, compared or given
// to whoever makes a client of it.
func (p *program) openapi() *cobra.Command {
	var c openapi.Config
	cmd := &cobra.Command{
		Use:     "openapi",
		Short:   "Print the application's description in OpenAPI",
		Example: fmt.Sprintf("  %[1]s openapi --title Teams --api-version 1.4.0 > openapi.json\n  %[1]s openapi | diff openapi.json -", p.name()),
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			app, err := p.frozen()
			if err != nil {
				return err
			}
			document, err := openapi.Describe(app, c)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(p.stdout, "%s\n", document)
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&c.Title, "title", p.name(), "`name` of the interface")
	flags.StringVar(&c.Version, "api-version", "0", "its `version`")
	flags.StringVar(&c.Description, "description", "", "a `text` about it")
	flags.StringArrayVar(&c.Servers, "server", nil, "base `URL` where it is served; may be repeated")
	return cmd
}
