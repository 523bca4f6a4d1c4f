package micro

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"

	"github.com/gin-gonic/gin"
	"github.com/go-playground/validator/v10"
	"github.com/labstack/echo/v5"

	"github.com/dewar-go/dewar/benchmarks/internal/order"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
)

const jsonMedia = "application/json"

// A binder builds one peer with a handler that binds an order, validates it, hands
// it to saw and answers 204, and returns the call that posts a body to it.
type binder func(saw func(order.Order)) (post func(body []byte), err error)

// binders are the subjects that bind. chi and fasthttp have nothing of their own
// for it.
func binders() map[string]subject {
	subjects := make(map[string]subject)
	for name, build := range map[string]binder{
		"dewar": dewarBinder, "nethttp": muxBinder, "gin": ginBinder, "echo": echoBinder, "fiber": fiberBinder, "hertz": hertzBinder,
	} {
		subjects[name] = func() (func() error, error) { return binding(build) }
	}
	return subjects
}

// binding checks that the right order comes whole, twice since much is reused, and
// that no wrong one comes at all, and returns the call that posts the right one.
func binding(build binder) (func() error, error) {
	var got order.Order
	calls := 0
	post, err := build(func(o order.Order) {
		got = o
		calls++
	})
	if err != nil {
		return nil, err
	}
	right := order.JSON()
	for n := range 2 {
		post(right)
		if calls != n+1 || !reflect.DeepEqual(got, order.Right()) {
			return nil, fmt.Errorf("%d orders came, the last %+v; want %d", calls, got, n+1)
		}
	}
	for _, m := range order.Wrong() {
		if post(m.JSON); calls != 2 {
			return nil, fmt.Errorf("an order with %s was taken", m.Name)
		}
	}
	return func() error {
		before := calls
		if post(right); calls != before+1 {
			return errors.New("the order was refused")
		}
		return nil
	}, nil
}

// rules is the validator as the peers without one of their own have it.
type rules struct{ validator *validator.Validate }

func newRules() *rules { return &rules{validator.New(validator.WithRequiredStructEnabled())} }

func (r *rules) Validate(v any) error { return r.validator.Struct(v) }

func dewarBinder(saw func(order.Order)) (func([]byte), error) {
	a := framework.New("micro")
	a.Post(site.OrderPath, framework.Bind(func(_ *framework.Context, o order.Order) (struct{}, error) {
		saw(o)
		return struct{}{}, nil
	}))
	if err := a.Freeze(); err != nil {
		return nil, err
	}
	request := gateway.Request{
		Method: http.MethodPost, Target: site.OrderPath, Proto: "HTTP/1.1", Scheme: "http", Host: "localhost", Path: site.OrderPath,
		Header: gateway.Header{{Name: "Host", Value: "localhost"}, {Name: "Content-Type", Value: jsonMedia}},
	}
	x, t := new(gateway.Exchange), new(content)
	return func(body []byte) {
		x = x.Renew()
		x.Request = request
		x.Request.Length = int64(len(body))
		t.rest = body
		gateway.Run(a, x, t)
	}, nil
}

// content is a gateway.Transport whose request has content.
type content struct {
	nowhere
	rest []byte
}

var _ gateway.Transport = (*content)(nil)

func (c *content) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// standardPost posts to an http.Handler. The request is used again, as the
// server's cost of making it is not the binder's.
func standardPost(h http.Handler) (func([]byte), error) {
	request, err := http.NewRequest(http.MethodPost, site.OrderPath, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", jsonMedia)
	w := &discard{header: make(http.Header)}
	reader := new(bytes.Reader)
	return func(body []byte) {
		reader.Reset(body)
		request.Body, request.ContentLength = io.NopCloser(reader), int64(len(body))
		h.ServeHTTP(w, request)
	}, nil
}

func muxBinder(saw func(order.Order)) (func([]byte), error) {
	rules := newRules()
	const maxBody = 1 << 20
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+site.OrderPath, func(w http.ResponseWriter, r *http.Request) {
		var o order.Order
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&o)
		if err == nil {
			err = rules.Validate(&o)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		saw(o)
		w.WriteHeader(http.StatusNoContent)
	})
	return standardPost(mux)
}

func ginBinder(saw func(order.Order)) (func([]byte), error) {
	gin.SetMode(gin.ReleaseMode)
	gin.DefaultWriter = io.Discard
	engine := gin.New()
	engine.POST(site.OrderPath, func(c *gin.Context) {
		var o order.Order
		if err := c.ShouldBindJSON(&o); err != nil {
			c.String(http.StatusBadRequest, err.Error())
			return
		}
		saw(o)
		c.Status(http.StatusNoContent)
	})
	return standardPost(engine)
}

func echoBinder(saw func(order.Order)) (func([]byte), error) {
	e := echo.New()
	e.Validator = newRules()
	e.POST(site.OrderPath, func(c *echo.Context) error {
		var o order.Order
		err := c.Bind(&o)
		if err == nil {
			err = c.Validate(&o)
		}
		if err != nil {
			return c.String(http.StatusBadRequest, err.Error())
		}
		saw(o)
		return c.NoContent(http.StatusNoContent)
	})
	return standardPost(e)
}
