// Package methodoverride lets forms use PUT, PATCH and DELETE, which browsers cannot
// send from one:
//
//	h := gateway.Chain(app, methodoverride.New(methodoverride.Config{}))
//
//	<form method="post"><input type="hidden" name="_method" value="DELETE">
//
// Only the content of a POST that is a form counts, not a field of the header nor the
// query: whoever can make a link, or a request of a script, must not gain by it what
// only a form of the site may do. Put packages crossorigin or csrf around it; to them
// the request is still a POST.
package methodoverride

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/middleware/internal/form"
)

// Config names the form's field. Its zero value is useful.
type Config struct {
	Field   string   // "_method", within the first 256 KiB of the form
	Methods []string // that may be asked for; nil is PUT, PATCH and DELETE
}

// New returns the middleware. A method that may not be asked for gets 400. It panics
// at one that is safe, or no method: a POST must not become a GET, which nothing
// protects.
func New(c Config) gateway.Middleware {
	if c.Field == "" {
		c.Field = "_method"
	}
	if c.Methods == nil {
		c.Methods = []string{"PUT", "PATCH", "DELETE"}
	}
	for _, m := range c.Methods {
		switch m {
		case "GET", "HEAD", "OPTIONS", "TRACE", "CONNECT":
			panic("methodoverride: Config.Methods: a form must not become " + m)
		}
		if !gateway.ValidName(m) {
			panic(fmt.Sprintf("methodoverride: Config.Methods: %q is no method", m))
		}
	}
	return func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if x.Request.Method != "POST" {
				return next.Serve(x)
			}
			value, ok, err := form.Field(x, c.Field)
			if err != nil {
				return err
			}
			if !ok || value == "" || strings.EqualFold(value, "POST") {
				return next.Serve(x)
			}
			method := strings.ToUpper(value)
			if !slices.Contains(c.Methods, method) {
				return &gateway.StatusError{Status: 400, Reason: "a form may ask for the methods " + strings.Join(c.Methods, ", ")}
			}
			// Layers outside see the request as it came, after a panic too.
			defer func() { x.Request.Method = "POST" }()
			x.Request.Method = method
			return next.Serve(x)
		})
	}
}
