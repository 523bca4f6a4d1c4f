// Command gin is the site on github.com/gin-gonic/gin in release mode, without
// the optional logger.
package main

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.GET(site.PlaintextPath, plaintext)
	r.GET(site.Colon(site.VaryingPath), plaintext)
	r.GET(site.JSONPath, hello)
	r.GET(site.SleepPath, sleep)
	for _, pattern := range site.Routes() {
		r.GET(site.Colon(pattern), route)
	}
	r.Static(site.StaticPath, site.StaticFolder())

	server := &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 75 * time.Second}
	site.Must(server.Serve(site.Listen()))
}

func plaintext(c *gin.Context) { c.String(http.StatusOK, site.Plaintext) }

func sleep(c *gin.Context) {
	time.Sleep(site.Nap)
	c.String(http.StatusOK, site.Slept)
}

func route(c *gin.Context) {
	c.String(http.StatusOK, site.RouteAnswer(c.Param("id"), c.Param("part")))
}

func hello(c *gin.Context) { c.JSON(http.StatusOK, site.NewHello()) }
