// Command fiber is the site on github.com/gofiber/fiber, without optional
// middleware.
package main

import (
	"crypto/tls"
	"net/http"
	"strconv"
	"time"

	"github.com/go-playground/validator/v10"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/extractors"
	"github.com/gofiber/fiber/v3/middleware/session"
	"github.com/gofiber/fiber/v3/middleware/static"
	"github.com/gofiber/template/html/v2"

	"github.com/dewar-go/dewar/benchmarks/internal/fortune"
	"github.com/dewar-go/dewar/benchmarks/internal/order"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

func main() {
	app := fiber.New(fiber.Config{
		ReadTimeout:     10 * time.Second,
		IdleTimeout:     75 * time.Second,
		StructValidator: &rules{validator.New(validator.WithRequiredStructEnabled())},
		Views:           html.NewFileSystem(http.FS(fortune.Pages), ".html"),
	})
	app.Get(site.PlaintextPath, plaintext)
	app.Get(site.Colon(site.VaryingPath), plaintext)
	app.Get(site.JSONPath, hello)
	app.Post(site.OrderPath, take)
	app.Get(site.SleepPath, sleep)
	app.Get(site.SessionPath, session.New(session.Config{Extractor: extractors.FromCookie(site.SessionName)}), visit)
	app.Get(site.FortunesPath, fortunes)
	for _, pattern := range site.Routes() {
		app.Get(site.Colon(pattern), route)
	}
	app.Get(site.StaticPath+"*", static.New(site.StaticFolder()))

	listener := site.Listen()
	if config := site.TLS(); config != nil {
		listener = tls.NewListener(listener, config)
	}
	site.Must(app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true}))
}

func plaintext(c fiber.Ctx) error { return c.SendString(site.Plaintext) }

func sleep(c fiber.Ctx) error {
	time.Sleep(site.Nap)
	return c.SendString(site.Slept)
}

func route(c fiber.Ctx) error {
	return c.SendString(site.RouteAnswer(c.Params("id"), c.Params("part")))
}

// rules are the validator as fiber's documentation registers it.
type rules struct{ validator *validator.Validate }

func (r *rules) Validate(out any) error { return r.validator.Struct(out) }

func take(c fiber.Ctx) error {
	var o order.Order
	if err := c.Bind().JSON(&o); err != nil {
		return fiber.NewError(fiber.StatusBadRequest, err.Error())
	}
	return c.JSON(o.Receipt())
}

// visit counts in a session that is kept in the server's memory, fiber's default.
func visit(c fiber.Ctx) error {
	s := session.FromContext(c)
	visits, _ := s.Get(site.Visits).(int)
	s.Set(site.Visits, visits+1)
	return c.SendString(strconv.Itoa(visits + 1))
}

func fortunes(c fiber.Ctx) error {
	rows, err := fortune.All(c.Context())
	if err != nil {
		return err
	}
	return c.Render("go", rows)
}

func hello(c fiber.Ctx) error { return c.JSON(site.NewHello()) }
