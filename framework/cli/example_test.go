package cli_test

import (
	"os"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/cli"
)

func ExampleMain() {
	newApp := func() (*framework.App, error) {
		app := framework.New("notes")
		app.Get("/", func(c *framework.Context) error { return c.Text("hello") })
		return app, nil
	}
	// func main() { cli.Main(newApp) }, and then: notes routes --match /
	_ = cli.Execute([]string{"routes"}, os.Stdout, os.Stderr, newApp)
	// Output:
	// ENDPOINT  METHODS  RULE
	// /         GET      /
}
