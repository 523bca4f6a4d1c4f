package framework_test

import (
	"fmt"
	"testing/fstest"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/templates"
)

func ExampleTemplating() {
	pages := fstest.MapFS{"price.html": {Data: []byte(`{{ cents|money }} at {{ request.path }}`)}} // or os.DirFS, or embed.FS
	app := framework.New("shop")
	app.Templates = func(t *framework.Templating) (framework.Renderer, error) {
		env := templates.New(templates.Config{
			Loader:  templates.FS(t.Files(pages)),
			Filters: t.Filters, Tests: t.Tests, Globals: t.Globals, Variables: t.Variables, Nonce: t.Nonce,
		})
		return env, env.Check()
	}
	app.TemplateFilter("money", func(cents int) string { return fmt.Sprintf("%d.%02d €", cents/100, cents%100) })
	app.Get("/tea", func(c *framework.Context) error {
		return c.Render("price.html", map[string]any{"cents": 399})
	})

	fmt.Println(string(gatewaytest.Do(app, gatewaytest.Request{Target: "/tea"}).Body))
	// Output: 3.99 € at /tea
}
