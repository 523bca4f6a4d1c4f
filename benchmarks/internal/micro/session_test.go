package micro

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	ginsessions "github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/extractors"
	"github.com/gofiber/fiber/v3/middleware/session"
	gorilla "github.com/gorilla/sessions"
	"github.com/labstack/echo/v5"
	"github.com/valyala/fasthttp"

	"github.com/dewar-go/dewar/benchmarks/internal/site"
	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
)

// BenchmarkSession counts visits in a session: it is read, verified, changed, signed
// and set. Fiber keeps the values in memory, and its cookie is an id; the others keep
// them in the cookie.
func BenchmarkSession(b *testing.B) {
	for peer, start := range map[string]func(b *testing.B) func(cookie string) (body, set string){
		"dewar": dewarSession, "gin": ginSession, "chi": chiSession, "echo": echoSession, "fiber": fiberSession,
	} {
		b.Run(peer, func(b *testing.B) {
			visit := start(b)
			body, set := visit("")
			if body != "1" || set == "" {
				b.Fatalf("the first visit is %q, with cookie %q", body, set)
			}
			set, _, _ = strings.Cut(set, ";")
			if body, _ := visit(set); body != "2" {
				b.Fatalf("the second visit is %q", body)
			}
			b.ReportAllocs()
			for b.Loop() {
				visit(set)
			}
		})
	}
}

func dewarSession(b *testing.B) func(string) (string, string) {
	a := framework.New("micro")
	a.Session.Keys = []string{site.SessionKey}
	a.Get(site.SessionPath, func(c *framework.Context) error {
		s := c.Session()
		visits := s.Int(site.Visits) + 1
		s.Set(site.Visits, visits)
		return c.Text(strconv.Itoa(visits))
	})
	if err := a.Freeze(); err != nil {
		b.Fatal(err)
	}
	r := &client.Recorder{Handler: a}
	return func(cookie string) (string, string) {
		q := client.Request{Target: site.SessionPath}
		if cookie != "" {
			q.Header = gateway.Header{{Name: "Cookie", Value: cookie}}
		}
		result := r.Do(q)
		return string(result.Body), result.Header.Value("Set-Cookie")
	}
}

// standardSession asks an http.Handler, with the recorder that its tests use.
func standardSession(b *testing.B, h http.Handler) func(string) (string, string) {
	return func(cookie string) (string, string) {
		request := httptest.NewRequest(http.MethodGet, site.SessionPath, nil)
		if cookie != "" {
			request.Header.Set("Cookie", cookie)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request)
		return w.Body.String(), w.Header().Get("Set-Cookie")
	}
}

func ginSession(b *testing.B) func(string) (string, string) {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET(site.SessionPath, ginsessions.Sessions(site.SessionName, cookie.NewStore([]byte(site.SessionKey))), func(c *gin.Context) {
		s := ginsessions.Default(c)
		visits, _ := s.Get(site.Visits).(int)
		s.Set(site.Visits, visits+1)
		if err := s.Save(); err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		c.String(http.StatusOK, strconv.Itoa(visits+1))
	})
	return standardSession(b, engine)
}

// count is the work of those who use gorilla/sessions by hand.
func count(store gorilla.Store, w http.ResponseWriter, r *http.Request) error {
	s, err := store.Get(r, site.SessionName)
	if err != nil {
		return err
	}
	visits, _ := s.Values[site.Visits].(int)
	s.Values[site.Visits] = visits + 1
	if err := s.Save(r, w); err != nil {
		return err
	}
	_, err = fmt.Fprint(w, visits+1)
	return err
}

func chiSession(b *testing.B) func(string) (string, string) {
	store := gorilla.NewCookieStore([]byte(site.SessionKey))
	mux := chi.NewRouter()
	mux.Get(site.SessionPath, func(w http.ResponseWriter, r *http.Request) {
		if err := count(store, w, r); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return standardSession(b, mux)
}

func echoSession(b *testing.B) func(string) (string, string) {
	store := gorilla.NewCookieStore([]byte(site.SessionKey))
	e := echo.New()
	e.GET(site.SessionPath, func(c *echo.Context) error { return count(store, c.Response(), c.Request()) })
	return standardSession(b, e)
}

func fiberSession(b *testing.B) func(string) (string, string) {
	app := fiber.New()
	app.Get(site.SessionPath, session.New(session.Config{Extractor: extractors.FromCookie(site.SessionName)}), func(c fiber.Ctx) error {
		s := session.FromContext(c)
		visits, _ := s.Get(site.Visits).(int)
		s.Set(site.Visits, visits+1)
		return c.SendString(strconv.Itoa(visits + 1))
	})
	h := app.Handler()
	c := new(fasthttp.RequestCtx)
	return func(cookie string) (string, string) {
		c.ResetUserValues()
		c.Request.Reset()
		c.Response.Reset()
		c.Request.Header.SetMethod(http.MethodGet)
		c.Request.SetRequestURI(site.SessionPath)
		if cookie != "" {
			c.Request.Header.Set("Cookie", cookie)
		}
		h(c)
		return string(c.Response.Body()), string(c.Response.Header.Peek("Set-Cookie"))
	}
}
