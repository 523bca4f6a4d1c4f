// Command echo is the site on github.com/labstack/echo, without optional
// middleware.
package main

import (
	"html/template"
	"net/http"
	"strconv"
	"time"

	"github.com/go-playground/validator/v10"
	gorilla "github.com/gorilla/sessions"
	"github.com/labstack/echo/v5"

	"github.com/dewar-go/dewar/benchmarks/internal/fortune"
	"github.com/dewar-go/dewar/benchmarks/internal/order"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
	"github.com/dewar-go/dewar/benchmarks/internal/standard"
)

func main() {
	e := echo.New()
	e.GET(site.PlaintextPath, plaintext)
	e.GET(site.Colon(site.VaryingPath), plaintext)
	e.GET(site.JSONPath, hello)
	e.Validator = &rules{validator.New(validator.WithRequiredStructEnabled())}
	e.POST(site.OrderPath, take)
	e.GET(site.SleepPath, sleep)
	e.GET(site.SessionPath, visit)
	e.Renderer = &echo.TemplateRenderer{Template: template.Must(template.ParseFS(fortune.Pages, "go.html"))}
	e.GET(site.FortunesPath, fortunes)
	for _, pattern := range site.Routes() {
		e.GET(site.Colon(pattern), route)
	}
	e.Static(site.StaticPath, site.StaticFolder())

	standard.Serve(e)
}

func plaintext(c *echo.Context) error { return c.String(http.StatusOK, site.Plaintext) }

func sleep(c *echo.Context) error {
	time.Sleep(site.Nap)
	return c.String(http.StatusOK, site.Slept)
}

func route(c *echo.Context) error {
	return c.String(http.StatusOK, site.RouteAnswer(c.Param("id"), c.Param("part")))
}

// rules are the validator as echo's documentation registers it.
type rules struct{ validator *validator.Validate }

func (r *rules) Validate(i any) error {
	if err := r.validator.Struct(i); err != nil {
		return echo.NewHTTPError(http.StatusBadRequest, err.Error())
	}
	return nil
}

func take(c *echo.Context) error {
	var o order.Order
	if err := c.Bind(&o); err != nil {
		return err
	}
	if err := c.Validate(&o); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, o.Receipt())
}

// sessions keeps the values in a signed cookie, with the library on which echo's
// own session middleware rests.
var sessions = gorilla.NewCookieStore([]byte(site.SessionKey))

func visit(c *echo.Context) error {
	session, err := sessions.Get(c.Request(), site.SessionName)
	if err != nil {
		return err
	}
	visits, _ := session.Values[site.Visits].(int)
	session.Values[site.Visits] = visits + 1
	if err := session.Save(c.Request(), c.Response()); err != nil {
		return err
	}
	return c.String(http.StatusOK, strconv.Itoa(visits+1))
}

func fortunes(c *echo.Context) error {
	rows, err := fortune.All(c.Request().Context())
	if err != nil {
		return err
	}
	return c.Render(http.StatusOK, "go.html", rows)
}

func hello(c *echo.Context) error { return c.JSON(http.StatusOK, site.NewHello()) }
