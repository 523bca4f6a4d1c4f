package redis_test

import (
	"context"
	"log"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/middleware/ratelimit"
	"github.com/dewar-go/dewar/gateway/middleware/ratelimit/redis"
	"github.com/dewar-go/dewar/gateway/server"
)

// All processes with this Redis admit 100 requests of a client in a minute together.
// While it is away, requests pass, and the log tells.
func Example() {
	app := gateway.HandlerFunc(func(x *gateway.Exchange) error { return nil })
	client := goredis.NewClient(&goredis.Options{Addr: "localhost:6379", ReadTimeout: 100 * time.Millisecond})
	h := gateway.Chain(app, ratelimit.New(ratelimit.Config{
		Policy: ratelimit.Policy{Name: "api", Requests: 100, Window: time.Minute, Sliding: true},
		Store:  redis.New(client, "dewar:"),
		Error:  func(_ *gateway.Request, err error) { log.Print(err) },
	}))
	log.Fatal(server.New(server.Config{Addr: ":8080"}).Serve(context.Background(), h))
}
