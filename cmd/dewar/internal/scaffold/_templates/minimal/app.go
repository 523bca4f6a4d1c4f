package main

import (
	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/config"
	"github.com/dewar-go/dewar/gateway/middleware/health"
	"github.com/dewar-go/dewar/gateway/middleware/requestid"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
)

// Settings come from the environment: Greeting is APPNAME_GREETING.
type Settings struct {
	Debug    bool   // DEWAR_DEBUG, or --debug
	Greeting string `default:"Hello"`
}

func loadSettings() (Settings, error) {
	var s Settings
	err := config.Load(&s, config.Env("DEWAR_"), config.Env("APPNAME_"))
	return s, err
}

// build puts the application together.
func build(s Settings) *framework.App {
	app := framework.New("appname")
	app.Config = &s
	app.Use(
		requestid.New(requestid.Config{}),
		health.New(health.Config{}).Middleware(), // /livez, /readyz, /startupz
		secure.New(secure.Config{}),
	)
	app.Get("/", index)
	app.Get("/hello/<name>", hello)
	return app
}

func index(c *framework.Context) error {
	url, err := c.URL("hello", "name", "world")
	if err != nil {
		return err
	}
	return c.Redirect(url)
}

func hello(c *framework.Context) error {
	s := framework.ConfigOf[*Settings](c.App())
	return c.Text(s.Greeting + ", " + c.Param("name") + "!\n")
}
