package server

import (
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/forwarded"
)

// around is the application with what c puts around it, the same for HTTP/1 and
// HTTP/2. What is off is not there, so that it costs nothing.
func (c *Config) around(h gateway.Handler) gateway.Handler {
	var layers []gateway.Middleware // the outermost first
	if c.TrustedProxies.Trusting() {
		layers = append(layers, forwarded.Middleware(c.TrustedProxies))
	}
	if c.MaxInFlight > 0 {
		layers = append(layers, func(h gateway.Handler) gateway.Handler { return newAdmission(h, c) })
	}
	if c.HandlerTimeout > 0 {
		layers = append(layers, answering)
	}
	if len(layers) == 0 {
		return h
	}
	return gateway.Chain(h, layers...)
}
