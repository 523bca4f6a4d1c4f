package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
)

// maxBody is the largest body that echo reads, in bytes.
const maxBody = 64 << 20

func newApp() *framework.App {
	app := framework.New("echo")
	app.Get("/plain", func(c *framework.Context) error { return c.Text("Hello, World!") })
	app.Any("/echo", echo)
	app.Get("/stream", stream)
	app.Post("/ignore", func(c *framework.Context) error { return c.Text("ignored") })
	app.Any("/status/<int:code>", status)
	app.Get("/big", large)
	app.Get("/slow", slow)
	app.Get("/panic", func(*framework.Context) error { panic("asked for") })
	app.Get("/setheader", setHeader)
	return app
}

// A report is what echo received. Its strings hold one code point per byte.
type report struct {
	Method     string      `json:"method"`
	Target     string      `json:"target"`
	Path       string      `json:"path"`
	Query      string      `json:"query"`
	Proto      string      `json:"proto"`
	Host       string      `json:"host"`
	Headers    [][2]string `json:"headers"`
	BodyLen    int64       `json:"body_len"`
	BodySHA256 string      `json:"body_sha256"`
	Trailers   [][2]string `json:"trailers"`
}

// echo reads the whole body and reports the request.
func echo(c *framework.Context) error {
	r := c.Request()
	if r.Length > maxBody {
		return tooLarge(c)
	}
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(c.Exchange(), maxBody+1))
	if err != nil {
		return unreadable(c, err)
	}
	if n > maxBody {
		return tooLarge(c)
	}
	return c.JSON(report{
		Method:     latin1(r.Method),
		Target:     latin1(r.Target),
		Path:       latin1(r.Path),
		Query:      latin1(r.Query),
		Proto:      r.Proto,
		Host:       latin1(r.Host),
		Headers:    pairs(r.Header),
		BodyLen:    n,
		BodySHA256: hex.EncodeToString(sum.Sum(nil)),
		Trailers:   pairs(r.Trailer),
	})
}

func tooLarge(c *framework.Context) error {
	c.Response().Close = true
	return framework.Abort(413, fmt.Sprintf("the body is larger than %d bytes", maxBody))
}

// unreadable answers a body that cannot be read. Whoever sent it may have closed
// its own side only, and be there for the answer.
func unreadable(c *framework.Context, err error) error {
	status, text := 400, "the body cannot be read"
	if s, ok := errors.AsType[*gateway.StatusError](err); ok {
		status, text = s.Status, s.Text()
	}
	c.Response().Close = true
	return c.Status(status).Text(text + "\n")
}

func pairs(h gateway.Header) [][2]string {
	list := make([][2]string, 0, len(h))
	for _, f := range h {
		list = append(list, [2]string{latin1(f.Name), latin1(f.Value)})
	}
	return list
}

// latin1 makes a code point of every byte, so that bytes that are no UTF-8 can be
// compared too.
func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// stream sends n chunks of size bytes, flushed one by one, ms milliseconds apart.
func stream(c *framework.Context) error {
	n, err := number(c, "n")
	if err != nil {
		return err
	}
	size, err := number(c, "size")
	if err != nil {
		return err
	}
	pause, err := optional(c, "ms")
	if err != nil {
		return err
	}
	x := c.Exchange()
	c.SetHeader("Content-Type", "text/plain")
	if err := x.Flush(); err != nil {
		return err
	}
	chunk := bytes.Repeat([]byte("x"), int(min(size, maxBody)))
	for i := range n {
		if i > 0 {
			wait(pause)
		}
		if _, err := x.Write(chunk); err != nil {
			return err
		}
		if err := x.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// status answers with the status asked for.
func status(c *framework.Context) error {
	code := c.Int("code")
	if code < 200 || code > 599 {
		return framework.Abort(404, "statuses are 200 to 599")
	}
	c.Status(code)
	if gateway.Bodyless(code) || code == 205 {
		return c.NoContent()
	}
	return c.Text(fmt.Sprintf("%d %s\n", code, gateway.StatusText(code)))
}

// large sends size bytes with a Content-Length.
func large(c *framework.Context) error {
	size, err := number(c, "size")
	if err != nil {
		return err
	}
	c.SetHeader("Content-Type", "application/octet-stream")
	c.SetHeader("Content-Length", strconv.FormatInt(size, 10))
	x := c.Exchange()
	if err := x.Flush(); err != nil {
		return err
	}
	block := bytes.Repeat([]byte("x"), int(min(size, 64<<10)))
	for size > 0 && c.Request().Method != "HEAD" {
		n, err := x.Write(block[:min(size, int64(len(block)))])
		if err != nil {
			return err
		}
		size -= int64(n)
	}
	return nil
}

// slow answers after ms milliseconds.
func slow(c *framework.Context) error {
	pause, err := number(c, "ms")
	if err != nil {
		return err
	}
	wait(pause)
	return c.Text("slow")
}

// setHeader sends the field asked for; the gateway refuses one that is not allowed.
func setHeader(c *framework.Context) error {
	c.SetHeader(c.Query().Value("k"), c.Query().Value("v"))
	return c.Text("set\n")
}

// wait pauses. It does not heed the context, which ends when the client closes its
// side: a client that sends its last request may do so and wait for the answer.
func wait(ms int64) { time.Sleep(time.Duration(ms) * time.Millisecond) }

// number is a query parameter that must be there.
func number(c *framework.Context, name string) (int64, error) {
	s := c.Query().Value(name)
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, framework.Abort(400, fmt.Sprintf("query parameter %s: a number from 0 on expected, got %q", name, s))
	}
	return n, nil
}

// optional is a query parameter that is 0 where it is missing.
func optional(c *framework.Context, name string) (int64, error) {
	if !c.Query().Has(name) {
		return 0, nil
	}
	return number(c, name)
}
