package micro

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gofiber/fiber/v3"
	"github.com/labstack/echo/v5"
	"github.com/valyala/fasthttp"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
)

const (
	urlencodedMedia = "application/x-www-form-urlencoded"
	uploadMedia     = "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW"
	uploadSize      = 50 << 20
)

// urlencoded is a form of ten fields, as a page of registration sends it.
const urlencoded = "name=Ada+King&email=ada%40example.com&age=36&street=St+James%27s+Square+12&city=London&zip=SW1Y+4JH&country=GB&language=en&newsletter=on&comment=Notes+by+the+translator%3A+A+to+G."

// upload is a form with a file of uploadSize bytes that no memory holds.
func upload() (body io.Reader, length int64) {
	const boundary = "------WebKitFormBoundary7MA4YWxkTrZu0gW"
	head := boundary + "\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAda\r\n" +
		boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"film.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n"
	tail := "\r\n" + boundary + "--\r\n"
	return io.MultiReader(bytes.NewReader([]byte(head)), io.LimitReader(&noise{}, uploadSize), bytes.NewReader([]byte(tail))),
		int64(len(head)+len(tail)) + uploadSize
}

// noise is content without end that looks like none, line ends included.
type noise struct{ at uint32 }

var noiseBytes = func() []byte {
	b := make([]byte, 1<<20)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}()

func (n *noise) Read(p []byte) (int, error) {
	k := copy(p, noiseBytes[n.at%(1<<20):])
	n.at += uint32(k)
	return k, nil
}

// A receiver builds one peer that reads the fields name and comment and the file of
// a form, tells what it saw, and returns the call that posts a form.
type receiver func(saw func(text string, size int64)) (post func(media string, body io.Reader, length int64))

var receivers = []struct {
	name  string
	build receiver
}{
	{"dewar", dewarReceiver}, {"nethttp", muxReceiver}, {"gin", ginReceiver}, {"echo", echoReceiver}, {"chi", chiReceiver}, {"fiber", fiberReceiver},
}

// BenchmarkForm reads an urlencoded form.
func BenchmarkForm(b *testing.B) {
	for _, r := range receivers {
		b.Run(r.name, func(b *testing.B) {
			var text string
			post := r.build(func(t string, _ int64) { text = t })
			body := bytes.NewReader(nil)
			b.ReportAllocs()
			for b.Loop() {
				body.Reset([]byte(urlencoded))
				post(urlencodedMedia, body, int64(len(urlencoded)))
			}
			if want := "Ada KingNotes by the translator: A to G."; text != want {
				b.Fatalf("it saw %q", text)
			}
		})
	}
}

// BenchmarkUpload takes a file of 50 MB and reads it once more, as an application
// that stores it does. heap-MB is the most memory that was in use.
//
//	go test -C benchmarks ./internal/micro -run '^$' -bench 'Form|Upload' -benchtime 3x
func BenchmarkUpload(b *testing.B) {
	for _, r := range receivers {
		b.Run(r.name, func(b *testing.B) {
			var size int64
			post := r.build(func(_ string, n int64) { size = n })
			runtime.GC()
			peak := watchHeap()
			b.SetBytes(uploadSize)
			for b.Loop() {
				size = 0
				if body, length := upload(); true {
					post(uploadMedia, body, length)
				}
				if size != uploadSize {
					b.Fatalf("it saw %d bytes", size)
				}
			}
			b.ReportMetric(float64(peak())/(1<<20), "heap-MB")
		})
	}
}

// watchHeap looks at the heap every millisecond until it is asked for the most that
// it saw. Its goroutine ends then.
func watchHeap() (peak func() uint64) {
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		top := uint64(0)
		for {
			metrics.Read(sample)
			top = max(top, sample[0].Value.Uint64())
			select {
			case <-stop:
				most <- top
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(stop); return <-most }
}

func dewarReceiver(saw func(string, int64)) func(string, io.Reader, int64) {
	a := framework.New("micro")
	a.Limits.MaxContentLength = 100 << 20
	a.Post("/", func(c *framework.Context) error {
		size := int64(0)
		if u := c.Files().File("file"); u != nil {
			size, _ = io.Copy(io.Discard, u.Open())
		}
		saw(c.Form().Value("name")+c.Form().Value("comment"), size)
		return c.NoContent()
	})
	x, t := new(gateway.Exchange), new(streamed)
	return func(media string, body io.Reader, length int64) {
		x = x.Renew()
		x.Request = gateway.Request{
			Method: http.MethodPost, Target: "/", Proto: "HTTP/1.1", Scheme: "http", Host: "localhost", Path: "/",
			Header: gateway.Header{{Name: "Host", Value: "localhost"}, {Name: "Content-Type", Value: media}}, Length: length,
		}
		t.body = body
		gateway.Run(a, x, t)
	}
}

// streamed is a gateway.Transport whose request has content.
type streamed struct {
	nowhere
	body io.Reader
}

func (s *streamed) Read(p []byte) (int, error) { return s.body.Read(p) }

// receive is the handler of the peers on net/http. What the server does at the end of
// a request, it does here.
func receive(r *http.Request, saw func(string, int64)) {
	size := int64(0)
	if f, _, err := r.FormFile("file"); err == nil {
		size, _ = io.Copy(io.Discard, f)
		f.Close()
	}
	saw(r.PostFormValue("name")+r.PostFormValue("comment"), size)
}

// standardForm posts a form to an http.Handler.
func standardForm(h http.Handler) func(string, io.Reader, int64) {
	w := &discard{header: make(http.Header)}
	return func(media string, body io.Reader, length int64) {
		r, err := http.NewRequest(http.MethodPost, "/", nil)
		if err != nil {
			panic(fmt.Sprintf("micro: %v", err))
		}
		r.Header.Set("Content-Type", media)
		r.Body, r.ContentLength = io.NopCloser(body), length
		h.ServeHTTP(w, r)
		if r.MultipartForm != nil {
			_ = r.MultipartForm.RemoveAll()
		}
	}
}

func muxReceiver(saw func(string, int64)) func(string, io.Reader, int64) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		receive(r, saw)
		w.WriteHeader(http.StatusNoContent)
	})
	return standardForm(mux)
}

func chiReceiver(saw func(string, int64)) func(string, io.Reader, int64) {
	mux := chi.NewRouter()
	mux.Post("/", func(w http.ResponseWriter, r *http.Request) {
		receive(r, saw)
		w.WriteHeader(http.StatusNoContent)
	})
	return standardForm(mux)
}

func ginReceiver(saw func(string, int64)) func(string, io.Reader, int64) {
	gin.SetMode(gin.ReleaseMode)
	gin.DefaultWriter = io.Discard
	engine := gin.New()
	engine.POST("/", func(c *gin.Context) {
		size := int64(0)
		if head, err := c.FormFile("file"); err == nil {
			if f, err := head.Open(); err == nil {
				size, _ = io.Copy(io.Discard, f)
				f.Close()
			}
		}
		saw(c.PostForm("name")+c.PostForm("comment"), size)
		c.Status(http.StatusNoContent)
	})
	return standardForm(engine)
}

func echoReceiver(saw func(string, int64)) func(string, io.Reader, int64) {
	e := echo.New()
	e.POST("/", func(c *echo.Context) error {
		size := int64(0)
		if head, err := c.FormFile("file"); err == nil {
			f, err := head.Open()
			if err != nil {
				return err
			}
			size, _ = io.Copy(io.Discard, f)
			f.Close()
		}
		saw(c.FormValue("name")+c.FormValue("comment"), size)
		return c.NoContent(http.StatusNoContent)
	})
	return standardForm(e)
}

// fiberReceiver gets the content as its server gives it: whole, in memory.
func fiberReceiver(saw func(string, int64)) func(string, io.Reader, int64) {
	mux := fiber.New(fiber.Config{BodyLimit: 100 << 20})
	mux.Post("/", func(c fiber.Ctx) error {
		size := int64(0)
		if head, err := c.FormFile("file"); err == nil {
			f, err := head.Open()
			if err != nil {
				return err
			}
			size, _ = io.Copy(io.Discard, f)
			f.Close()
		}
		saw(c.FormValue("name")+c.FormValue("comment"), size)
		return c.SendStatus(http.StatusNoContent)
	})
	h := mux.Handler()
	c := new(fasthttp.RequestCtx)
	return func(media string, body io.Reader, length int64) {
		c.ResetUserValues()
		c.Response.Reset()
		c.Request.Reset()
		c.Request.Header.SetMethod(http.MethodPost)
		c.Request.SetRequestURI("/")
		c.Request.Header.SetContentType(media)
		w := c.Request.BodyWriter()
		if _, err := io.Copy(w, body); err != nil {
			panic(fmt.Sprintf("micro: %v", err))
		}
		h(c)
	}
}
