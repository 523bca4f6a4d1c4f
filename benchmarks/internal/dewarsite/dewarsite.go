// Package dewarsite is the site on Dewar's framework, for both of Dewar's
// servers: what differs between the two peers is the server alone.
package dewarsite

import (
	"os"
	"strconv"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/fortune"
	"github.com/dewar-go/dewar/benchmarks/internal/order"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/templates"
)

// App returns the site. It announces the server's address when that starts.
func App() *framework.App {
	app := framework.New("site")
	app.Announce = func(s gateway.ServerInfo) { site.Announce(s.Addrs[0]) }
	app.Get(site.PlaintextPath, plaintext)
	app.Get(site.Angle(site.VaryingPath), plaintext)
	app.Get(site.JSONPath, hello)
	app.Get(site.SleepPath, sleep)
	app.Post(site.OrderPath, framework.Bind(take))
	app.Renderer = templates.New(templates.Config{Loader: templates.FS(fortune.Pages)})
	app.Get(site.FortunesPath, fortunes)
	app.Session = session.Config{Keys: []string{site.SessionKey}, Name: site.SessionName}
	app.Get(site.SessionPath, visit)
	for _, pattern := range site.Routes() {
		app.Get(site.Angle(pattern), route).Name(pattern)
	}
	files, err := os.OpenRoot(site.StaticFolder())
	site.Must(err)
	app.Static(site.StaticPath, files.FS())
	return app
}

func plaintext(c *framework.Context) error { return c.Text(site.Plaintext) }

func hello(c *framework.Context) error { return c.JSON(site.NewHello()) }

func take(_ *framework.Context, o order.Order) (order.Receipt, error) { return o.Receipt(), nil }

func sleep(c *framework.Context) error {
	time.Sleep(site.Nap)
	return c.Text(site.Slept)
}

func visit(c *framework.Context) error {
	s := c.Session()
	visits := s.Int(site.Visits) + 1
	s.Set(site.Visits, visits)
	return c.Text(strconv.Itoa(visits))
}

func fortunes(c *framework.Context) error {
	rows, err := fortune.All(c)
	if err != nil {
		return err
	}
	return c.Render("jinja.html", map[string]any{"fortunes": rows})
}

func route(c *framework.Context) error {
	return c.Text(site.RouteAnswer(c.Param("id"), c.Param("part")))
}
