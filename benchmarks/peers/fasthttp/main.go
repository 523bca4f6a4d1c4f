// Command fasthttp is the site on github.com/valyala/fasthttp: constant paths in
// a switch, as its README shows it, the rest through github.com/fasthttp/router,
// which that README recommends.
package main

import (
	"encoding/json"
	"html/template"
	"strconv"
	"time"

	"github.com/fasthttp/router"
	"github.com/fasthttp/session/v2"
	"github.com/fasthttp/session/v2/providers/memory"
	"github.com/go-playground/validator/v10"
	"github.com/valyala/fasthttp"

	"github.com/dewar-go/dewar/benchmarks/internal/fortune"
	"github.com/dewar-go/dewar/benchmarks/internal/order"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

func main() {
	keepSessions()
	r := router.New()
	r.GET(site.VaryingPath, plaintext)
	r.POST(site.OrderPath, take)
	for _, pattern := range site.Routes() {
		r.GET(pattern, route)
	}
	files := &fasthttp.FS{
		Root:        site.StaticFolder(),
		PathRewrite: fasthttp.NewPathSlashesStripper(1),
	}
	r.GET(site.StaticPath+"/{filepath:*}", files.NewRequestHandler())

	server := &fasthttp.Server{
		Handler:               constant(r.Handler),
		NoDefaultServerHeader: true,
		ReadTimeout:           10 * time.Second,
		IdleTimeout:           75 * time.Second,
	}
	if certificate, key, ok := site.Certificate(); ok {
		site.Must(server.ServeTLS(site.Listen(), certificate, key))
	}
	site.Must(server.Serve(site.Listen()))
}

// constant answers the paths without parameters and leaves the others to next.
func constant(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		if !ctx.IsGet() {
			next(ctx)
			return
		}
		switch string(ctx.Path()) {
		case site.PlaintextPath:
			plaintext(ctx)
		case site.JSONPath:
			hello(ctx)
		case site.FortunesPath:
			fortunes(ctx)
		case site.SleepPath:
			sleep(ctx)
		case site.SessionPath:
			visit(ctx)
		default:
			next(ctx)
		}
	}
}

func plaintext(ctx *fasthttp.RequestCtx) { text(ctx, site.Plaintext) }

func sleep(ctx *fasthttp.RequestCtx) {
	time.Sleep(site.Nap)
	text(ctx, site.Slept)
}

func route(ctx *fasthttp.RequestCtx) {
	id, _ := ctx.UserValue("id").(string)
	part, _ := ctx.UserValue("part").(string)
	text(ctx, site.RouteAnswer(id, part))
}

var sessions *session.Session

// keepSessions has them in the server's memory, as the example of
// github.com/fasthttp/session does: it has no provider that signs cookies.
func keepSessions() {
	config := session.NewDefaultConfig()
	config.CookieName = site.SessionName
	config.EncodeFunc, config.DecodeFunc = session.MSGPEncode, session.MSGPDecode
	sessions = session.New(config)
	provider, err := memory.New(memory.Config{})
	site.Must(err)
	site.Must(sessions.SetProvider(provider))
}

func visit(ctx *fasthttp.RequestCtx) {
	store, err := sessions.Get(ctx)
	if err != nil {
		ctx.Error(err.Error(), fasthttp.StatusInternalServerError)
		return
	}
	visits, _ := store.Get(site.Visits).(int64) // as msgp reads every integer
	store.Set(site.Visits, visits+1)
	if err := sessions.Save(ctx, store); err != nil {
		ctx.Error(err.Error(), fasthttp.StatusInternalServerError)
		return
	}
	text(ctx, strconv.FormatInt(visits+1, 10))
}

var page = template.Must(template.ParseFS(fortune.Pages, "go.html"))

func fortunes(ctx *fasthttp.RequestCtx) {
	rows, err := fortune.All(ctx)
	if err == nil {
		ctx.SetContentType("text/html; charset=utf-8")
		err = page.Execute(ctx, rows)
	}
	if err != nil {
		ctx.Error(err.Error(), fasthttp.StatusInternalServerError)
	}
}

func hello(ctx *fasthttp.RequestCtx) {
	ctx.SetContentType("application/json")
	if err := json.NewEncoder(ctx).Encode(site.NewHello()); err != nil {
		ctx.Error(err.Error(), fasthttp.StatusInternalServerError)
	}
}

// rules are safe for concurrent use, and are to be kept: they cache what they know
// of a type.
var rules = validator.New(validator.WithRequiredStructEnabled())

func take(ctx *fasthttp.RequestCtx) {
	var o order.Order
	err := json.Unmarshal(ctx.PostBody(), &o)
	if err == nil {
		err = rules.Struct(&o)
	}
	if err != nil {
		ctx.Error(err.Error(), fasthttp.StatusBadRequest)
		return
	}
	ctx.SetContentType("application/json")
	if err := json.NewEncoder(ctx).Encode(o.Receipt()); err != nil {
		ctx.Error(err.Error(), fasthttp.StatusInternalServerError)
	}
}

func text(ctx *fasthttp.RequestCtx, s string) {
	ctx.SetContentType("text/plain; charset=utf-8")
	ctx.SetBodyString(s)
}
