package layers

import (
	"io"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v3"
	fiberauth "github.com/gofiber/fiber/v3/middleware/basicauth"
	fibercache "github.com/gofiber/fiber/v3/middleware/cache"
	fibercompress "github.com/gofiber/fiber/v3/middleware/compress"
	fibercors "github.com/gofiber/fiber/v3/middleware/cors"
	fiberetag "github.com/gofiber/fiber/v3/middleware/etag"
	"github.com/gofiber/fiber/v3/middleware/helmet"
	"github.com/gofiber/fiber/v3/middleware/limiter"
	"github.com/gofiber/fiber/v3/middleware/logger"
	fiberrecover "github.com/gofiber/fiber/v3/middleware/recover"
	fiberid "github.com/gofiber/fiber/v3/middleware/requestid"
	fibertimeout "github.com/gofiber/fiber/v3/middleware/timeout"
	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/accesslog"
	"github.com/dewar-go/dewar/gateway/middleware/basicauth"
	"github.com/dewar-go/dewar/gateway/middleware/bodylimit"
	"github.com/dewar-go/dewar/gateway/middleware/cache"
	"github.com/dewar-go/dewar/gateway/middleware/compress"
	"github.com/dewar-go/dewar/gateway/middleware/cors"
	"github.com/dewar-go/dewar/gateway/middleware/crossorigin"
	"github.com/dewar-go/dewar/gateway/middleware/etag"
	"github.com/dewar-go/dewar/gateway/middleware/hosts"
	"github.com/dewar-go/dewar/gateway/middleware/inflight"
	"github.com/dewar-go/dewar/gateway/middleware/ratelimit"
	"github.com/dewar-go/dewar/gateway/middleware/recovery"
	"github.com/dewar-go/dewar/gateway/middleware/requestid"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
	"github.com/dewar-go/dewar/gateway/middleware/timeout"
)

func has(name string) func(gateway.Header) bool {
	return func(h gateway.Header) bool { return h.Has(name) }
}

func dewar(m ...gateway.Middleware) func() []gateway.Middleware {
	return func() []gateway.Middleware { return m }
}

// layers lists what is measured; the last is the stack of docs/middleware/README.md.
func layers() []layer {
	const rate = 1_000_000
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	log, err := accesslog.New(accesslog.Config{Writer: io.Discard})
	if err != nil {
		panic(err) // a Writer cannot fail to open
	}
	origin := gateway.Header{{Name: "Origin", Value: "https://a.example"}}
	own := gateway.Header{{Name: "Sec-Fetch-Site", Value: "same-origin"}}
	gzip := gateway.Header{{Name: "Accept-Encoding", Value: "gzip, deflate, br, zstd"}}
	ada := gateway.Header{{Name: "Authorization", Value: "Basic YWRhOnNlY3JldA=="}} // ada:secret
	echoLog := func() echo.MiddlewareFunc {
		return middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{
			LogStatus: true, LogMethod: true, LogURI: true, LogLatency: true, LogRemoteIP: true, LogUserAgent: true,
			LogValuesFunc: func(c *echo.Context, v middleware.RequestLoggerValues) error {
				quiet.Info("request", "method", v.Method, "uri", v.URI, "status", v.Status, "latency", v.Latency, "ip", v.RemoteIP, "agent", v.UserAgent)
				return nil
			},
		})
	}
	fiberLog := func() fiber.Handler { return logger.New(logger.Config{Stream: io.Discard}) }
	return []layer{
		{name: "access log", method: "GET", dewar: dewar(log.Middleware()),
			echo: func() []echo.MiddlewareFunc { return []echo.MiddlewareFunc{echoLog()} }, fiber: func() []fiber.Handler { return []fiber.Handler{fiberLog()} }},
		{name: "recovery", method: "GET", dewar: dewar(recovery.New(recovery.Config{})),
			echo: func() []echo.MiddlewareFunc { return []echo.MiddlewareFunc{middleware.Recover()} }, fiber: func() []fiber.Handler { return []fiber.Handler{fiberrecover.New()} }},
		{name: "requestid", method: "GET", dewar: dewar(requestid.New(requestid.Config{})), changed: has("X-Request-Id"),
			echo: func() []echo.MiddlewareFunc { return []echo.MiddlewareFunc{middleware.RequestID()} }, fiber: func() []fiber.Handler { return []fiber.Handler{fiberid.New()} }},
		{name: "bodylimit", method: "GET", dewar: dewar(bodylimit.New(1 << 20)),
			echo: func() []echo.MiddlewareFunc { return []echo.MiddlewareFunc{middleware.BodyLimit(1 << 20)} }},
		{name: "timeout", method: "GET", dewar: dewar(timeout.New(timeout.Config{After: time.Minute})), // Echo's ends a context and answers for nobody
			echo: func() []echo.MiddlewareFunc { return []echo.MiddlewareFunc{middleware.ContextTimeout(time.Minute)} },
			fiber: func() []fiber.Handler {
				return []fiber.Handler{fibertimeout.New(func(c fiber.Ctx) error { return c.Next() }, fibertimeout.Config{Timeout: time.Minute})}
			}},
		{name: "secure", method: "GET", dewar: dewar(secure.New(secure.Config{})), changed: has("X-Frame-Options"),
			echo:  func() []echo.MiddlewareFunc { return []echo.MiddlewareFunc{middleware.Secure()} },
			fiber: func() []fiber.Handler { return []fiber.Handler{helmet.New()} }},
		{name: "crossorigin", method: "POST", header: own, dewar: dewar(crossorigin.New(crossorigin.Config{})),
			echo: func() []echo.MiddlewareFunc { return []echo.MiddlewareFunc{middleware.CSRF()} }},
		{name: "cors", method: "GET", header: origin, dewar: dewar(cors.New(cors.Config{Origins: []string{"https://a.example"}})), changed: has("Access-Control-Allow-Origin"),
			echo: func() []echo.MiddlewareFunc { return []echo.MiddlewareFunc{middleware.CORS("https://a.example")} },
			fiber: func() []fiber.Handler {
				return []fiber.Handler{fibercors.New(fibercors.Config{AllowOrigins: []string{"https://a.example"}})}
			}},
		{name: "hosts", method: "GET", dewar: dewar(hosts.New("localhost"))},
		{name: "basicauth", method: "GET", header: ada, dewar: dewar(basicauth.New(basicauth.Config{Users: map[string]string{"ada": "secret"}})),
			echo: func() []echo.MiddlewareFunc {
				return []echo.MiddlewareFunc{middleware.BasicAuth(func(_ *echo.Context, user, password string) (bool, error) {
					return user == "ada" && password == "secret", nil
				})}
			},
			fiber: func() []fiber.Handler {
				return []fiber.Handler{fiberauth.New(fiberauth.Config{Authorizer: func(user, password string, _ fiber.Ctx) bool { return user == "ada" && password == "secret" }})}
			}},
		{name: "ratelimit", method: "GET", changed: has("RateLimit"),
			dewar: dewar(ratelimit.New(ratelimit.Config{Policy: ratelimit.Policy{Requests: rate, Window: time.Second}})),
			echo: func() []echo.MiddlewareFunc {
				return []echo.MiddlewareFunc{middleware.RateLimiter(middleware.NewRateLimiterMemoryStoreWithConfig(middleware.RateLimiterMemoryStoreConfig{Rate: 1e9, Burst: 1e9}))}
			},
			fiber: func() []fiber.Handler {
				return []fiber.Handler{limiter.New(limiter.Config{Max: 1 << 40, Expiration: time.Hour})}
			}},
		{name: "inflight", method: "GET", dewar: dewar(inflight.New(inflight.Config{Limit: 8}))},
		{name: "etag", method: "GET", dewar: dewar(etag.New(etag.Config{})), changed: has("ETag"),
			fiber: func() []fiber.Handler { return []fiber.Handler{fiberetag.New()} }},
		{name: "compress", method: "GET", header: gzip, dewar: dewar(compress.New(compress.Config{})), changed: has("Content-Encoding"),
			echo: func() []echo.MiddlewareFunc {
				return []echo.MiddlewareFunc{middleware.GzipWithConfig(middleware.GzipConfig{Level: 5})}
			},
			fiber: func() []fiber.Handler { return []fiber.Handler{fibercompress.New()} }},
		{name: "cache, a hit", method: "GET", dewar: dewar(cache.New(cache.Config{}).Middleware()), changed: has("Age"),
			fiber: func() []fiber.Handler {
				return []fiber.Handler{fibercache.New(fibercache.Config{Expiration: time.Hour})}
			}},
		{name: "stack", method: "POST", header: own, dewar: dewar(log.Middleware(), requestid.New(requestid.Config{}), secure.New(secure.Config{}), crossorigin.New(crossorigin.Config{}), recovery.New(recovery.Config{})), changed: has("X-Frame-Options"),
			echo: func() []echo.MiddlewareFunc {
				return []echo.MiddlewareFunc{echoLog(), middleware.RequestID(), middleware.Secure(), middleware.CSRF(), middleware.Recover()}
			},
			fiber: func() []fiber.Handler {
				return []fiber.Handler{fiberLog(), fiberid.New(), helmet.New(), fiberrecover.New()}
			}},
	}
}
