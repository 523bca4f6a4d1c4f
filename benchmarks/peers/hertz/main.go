// Command hertz is the site on github.com/cloudwego/hertz with its default
// transport, netpoll, without optional middleware.
package main

import (
	"context"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/app/server"
	"github.com/cloudwego/hertz/pkg/common/config"
	"github.com/cloudwego/hertz/pkg/common/hlog"
	"github.com/cloudwego/hertz/pkg/protocol"
	"github.com/go-playground/validator/v10"
	"github.com/hertz-contrib/sessions"
	"github.com/hertz-contrib/sessions/cookie"

	"github.com/dewar-go/dewar/benchmarks/internal/fortune"
	"github.com/dewar-go/dewar/benchmarks/internal/order"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

func main() {
	hlog.SetOutput(io.Discard) // it logs each of the 200 routes at start
	options := []config.Option{
		server.WithListener(site.Listen()),
		server.WithReadTimeout(10 * time.Second),
		server.WithIdleTimeout(75 * time.Second),
		server.WithDisablePrintRoute(true),
		server.WithCustomValidatorFunc(validate),
	}
	if c := site.TLS(); c != nil {
		options = append(options, server.WithTLS(c)) // which takes net instead of netpoll
	}
	h := server.New(options...)
	h.GET(site.PlaintextPath, plaintext)
	h.GET(site.Colon(site.VaryingPath), plaintext)
	h.GET(site.JSONPath, hello)
	h.POST(site.OrderPath, take)
	h.GET(site.SleepPath, sleep)
	h.GET(site.SessionPath, sessions.New(site.SessionName, cookie.NewStore([]byte(site.SessionKey))), visit)
	h.SetHTMLTemplate(template.Must(template.ParseFS(fortune.Pages, "go.html")))
	h.GET(site.FortunesPath, fortunes)
	for _, pattern := range site.Routes() {
		h.GET(site.Colon(pattern), route)
	}
	h.StaticFS(site.StaticPath, &app.FS{
		Root:        site.StaticFolder(),
		PathRewrite: app.NewPathSlashesStripper(1),
	})
	site.Must(h.Run())
}

func plaintext(_ context.Context, c *app.RequestContext) { c.String(http.StatusOK, site.Plaintext) }

func sleep(_ context.Context, c *app.RequestContext) {
	time.Sleep(site.Nap)
	c.String(http.StatusOK, site.Slept)
}

func route(_ context.Context, c *app.RequestContext) {
	c.String(http.StatusOK, site.RouteAnswer(c.Param("id"), c.Param("part")))
}

func visit(_ context.Context, c *app.RequestContext) {
	session := sessions.Default(c)
	visits, _ := session.Get(site.Visits).(int)
	session.Set(site.Visits, visits+1)
	if err := session.Save(); err != nil {
		c.AbortWithMsg(err.Error(), http.StatusInternalServerError)
		return
	}
	c.String(http.StatusOK, strconv.Itoa(visits+1))
}

func fortunes(ctx context.Context, c *app.RequestContext) {
	rows, err := fortune.All(ctx)
	if err != nil {
		c.AbortWithMsg(err.Error(), http.StatusInternalServerError)
		return
	}
	c.HTML(http.StatusOK, "go.html", rows)
}

// rules are safe for concurrent use, and are to be kept: they cache what they know
// of a type.
var rules = validator.New(validator.WithRequiredStructEnabled())

// validate is the validator as hertz's documentation registers it.
func validate(_ *protocol.Request, v any) error { return rules.Struct(v) }

func take(_ context.Context, c *app.RequestContext) {
	var o order.Order
	err := c.BindJSON(&o)
	if err == nil {
		err = c.Validate(&o)
	}
	if err != nil {
		c.AbortWithMsg(err.Error(), http.StatusBadRequest)
		return
	}
	c.JSON(http.StatusOK, o.Receipt())
}

func hello(_ context.Context, c *app.RequestContext) { c.JSON(http.StatusOK, site.NewHello()) }
