// Command gin is the site on github.com/gin-gonic/gin in release mode, without
// the optional logger.
package main

import (
	"html/template"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"

	"github.com/dewar-go/dewar/benchmarks/internal/fortune"
	"github.com/dewar-go/dewar/benchmarks/internal/order"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
	"github.com/dewar-go/dewar/benchmarks/internal/standard"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.GET(site.PlaintextPath, plaintext)
	r.GET(site.Colon(site.VaryingPath), plaintext)
	r.GET(site.JSONPath, hello)
	r.POST(site.OrderPath, take)
	r.GET(site.SleepPath, sleep)
	r.GET(site.SessionPath, sessions.Sessions(site.SessionName, cookie.NewStore([]byte(site.SessionKey))), visit)
	r.SetHTMLTemplate(template.Must(template.ParseFS(fortune.Pages, "go.html")))
	r.GET(site.FortunesPath, fortunes)
	for _, pattern := range site.Routes() {
		r.GET(site.Colon(pattern), route)
	}
	r.Static(site.StaticPath, site.StaticFolder())

	standard.Serve(r)
}

func plaintext(c *gin.Context) { c.String(http.StatusOK, site.Plaintext) }

func sleep(c *gin.Context) {
	time.Sleep(site.Nap)
	c.String(http.StatusOK, site.Slept)
}

func route(c *gin.Context) {
	c.String(http.StatusOK, site.RouteAnswer(c.Param("id"), c.Param("part")))
}

// take binds with gin's own binding, which has the validator within.
func take(c *gin.Context) {
	var o order.Order
	if err := c.ShouldBindJSON(&o); err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
		return
	}
	c.JSON(http.StatusOK, o.Receipt())
}

func visit(c *gin.Context) {
	session := sessions.Default(c)
	visits, _ := session.Get(site.Visits).(int)
	session.Set(site.Visits, visits+1)
	if err := session.Save(); err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	c.String(http.StatusOK, strconv.Itoa(visits+1))
}

func fortunes(c *gin.Context) {
	rows, err := fortune.All(c.Request.Context())
	if err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	c.HTML(http.StatusOK, "go.html", rows)
}

func hello(c *gin.Context) { c.JSON(http.StatusOK, site.NewHello()) }
