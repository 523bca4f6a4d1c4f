package micro

import (
	"context"
	"io"
	"net/http"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/app/server"
	"github.com/cloudwego/hertz/pkg/common/hlog"
	"github.com/cloudwego/hertz/pkg/protocol"
	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"

	"github.com/dewar-go/dewar/benchmarks/internal/order"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

func fiberBinder(saw func(order.Order)) (func([]byte), error) {
	mux := fiber.New(fiber.Config{StructValidator: newRules()})
	mux.Post(site.OrderPath, func(c fiber.Ctx) error {
		var o order.Order
		if err := c.Bind().JSON(&o); err != nil {
			return fiber.NewError(fiber.StatusBadRequest, err.Error())
		}
		saw(o)
		c.Status(http.StatusNoContent)
		return nil
	})
	h := mux.Handler()
	c := new(fasthttp.RequestCtx)
	c.Request.Header.SetMethod(http.MethodPost)
	c.Request.Header.SetContentType(jsonMedia)
	c.Request.SetRequestURI(site.OrderPath)
	return func(body []byte) {
		c.ResetUserValues()
		c.Response.Reset()
		c.Request.SetBodyRaw(body)
		h(c)
	}, nil
}

func hertzBinder(saw func(order.Order)) (func([]byte), error) {
	hlog.SetOutput(io.Discard)
	rules := newRules()
	h := server.New(server.WithDisablePrintRoute(true),
		server.WithCustomValidatorFunc(func(_ *protocol.Request, v any) error { return rules.Validate(v) }))
	h.POST(site.OrderPath, func(_ context.Context, c *app.RequestContext) {
		var o order.Order
		err := c.BindJSON(&o)
		if err == nil {
			err = c.Validate(&o)
		}
		if err != nil {
			c.AbortWithMsg(err.Error(), http.StatusBadRequest)
			return
		}
		saw(o)
		c.SetStatusCode(http.StatusNoContent)
	})
	if err := h.Init(); err != nil {
		return nil, err
	}
	c := h.NewContext()
	c.Request.SetMethod(http.MethodPost)
	c.Request.Header.SetContentTypeBytes([]byte(jsonMedia))
	c.Request.SetRequestURI(site.OrderPath)
	background := context.Background()
	return func(body []byte) {
		c.SetIndex(-1)
		c.Params = c.Params[:0]
		c.Response.Reset()
		c.Request.SetBodyRaw(body)
		h.ServeHTTP(background, c)
	}, nil
}
