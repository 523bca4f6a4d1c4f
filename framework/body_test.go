package framework_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

const multipartType = "multipart/form-data; boundary=X"

// multipartBody puts parts, each the end of a disposition and content, into a form.
func multipartBody(parts ...string) string {
	var b strings.Builder
	for i := 0; i < len(parts); i += 2 {
		b.WriteString("--X\r\nContent-Disposition: form-data; " + parts[i] + "\r\n\r\n" + parts[i+1] + "\r\n")
	}
	return b.String() + "--X--\r\n"
}

func post(app *framework.App, mediaType, body string) *gatewaytest.Result {
	return gatewaytest.Do(app, gatewaytest.Request{Method: "POST", Target: "/?q=1", Header: gateway.Header{{Name: "Content-Type", Value: mediaType}}, Body: []byte(body)})
}

// one returns an application with one route.
func one(h framework.Handler, decorators ...framework.Decorator) *framework.App {
	app := framework.New("body")
	app.Route("/", "GET", "POST", "PUT")(h)
	if len(decorators) > 0 {
		app = framework.New("body")
		app.Post("/", h, decorators...)
	}
	return app
}

func TestContentIsReadAgain(t *testing.T) {
	app := one(func(c *framework.Context) error {
		for range 2 {
			data, err := c.Data()
			if err != nil || string(data) != "a=1&b=2&a=3" {
				return fmt.Errorf("%q, %v", data, err)
			}
		}
		stream, err := io.ReadAll(c.Stream())
		if err != nil {
			return err
		}
		var in struct {
			A []int `form:"a"`
		}
		if err := c.Bind(&in); err != nil {
			return err
		}
		return c.Text(fmt.Sprint(string(stream), " ", in.A, " ", c.Form(), " ", c.Values()))
	})
	want := "a=1&b=2&a=3 [1 3] [{a 1} {b 2} {a 3}] [{q 1} {a 1} {b 2} {a 3}]"
	if r := post(app, "application/x-www-form-urlencoded", "a=1&b=2&a=3"); string(r.Body) != want {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestStreamOnce(t *testing.T) {
	app := one(func(c *framework.Context) error {
		if _, err := io.ReadAll(c.Stream()); err != nil {
			return err
		}
		_, err := c.Data()
		return c.Text(fmt.Sprint(err))
	})
	if r := post(app, "text/plain", "hello"); !strings.Contains(string(r.Body), "was read already") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

// GET has a form only where it is asked for (RFC 9110 §9.3.1).
func TestValuesOfGet(t *testing.T) {
	app := one(func(c *framework.Context) error { return c.Text(fmt.Sprint(c.Values(), c.Form())) })
	r := gatewaytest.Do(app, gatewaytest.Request{Target: "/?q=1", Header: gateway.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}, Body: []byte("a=2")})
	if string(r.Body) != "[{q 1}] [{a 2}]" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestUploads(t *testing.T) {
	folder := t.TempDir()
	app := one(func(c *framework.Context) error {
		u := c.Files().File("photo")
		if c.Files().File("none") != nil || c.Files().File("empty") != nil {
			return errors.New("a file that was not chosen")
		}
		if err := u.Save(filepath.Join(folder, framework.SecureFilename(u.Filename))); err != nil {
			return err
		}
		return c.Text(fmt.Sprint(u.Filename, " ", u.Size, " ", c.Form().Value("title")))
	})
	content := strings.Repeat("x", 600_000)
	r := post(app, multipartType, multipartBody(`name=title`, "Sea", `name=photo; filename="../../my sea.png"`, content, `name=empty; filename=""`, ""))
	if string(r.Body) != "../../my sea.png 600000 Sea" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if saved, err := os.ReadFile(filepath.Join(folder, "my_sea.png")); err != nil || string(saved) != content {
		t.Errorf("%d bytes are saved, %v", len(saved), err)
	}
}

// Temporary files are gone after success, error, panic and disconnect.
func TestTemporaryFilesAreGone(t *testing.T) {
	whole := multipartBody("name=f; filename=x", strings.Repeat("x", 100_000), "name=g; filename=y", strings.Repeat("y", 100_000))
	for _, c := range []struct {
		name string
		body io.Reader
		end  func(c *framework.Context) error
	}{
		{"success", strings.NewReader(whole), func(c *framework.Context) error { return c.NoContent() }},
		{"error", strings.NewReader(whole), func(*framework.Context) error { return errors.New("no") }},
		{"panic", strings.NewReader(whole), func(*framework.Context) error { panic("no") }},
		{"disconnect", io.MultiReader(strings.NewReader(whole[:150_000]), iotest.ErrReader(io.ErrUnexpectedEOF)), nil},
		{"malformed", strings.NewReader(whole[:150_000]), nil},
	} {
		folder := t.TempDir()
		var open []*framework.Upload
		app := one(func(x *framework.Context) error {
			open = x.Files()
			if c.end == nil {
				t.Errorf("%s: the handler goes on", c.name)
				return x.NoContent()
			}
			return c.end(x)
		})
		app.Limits = framework.Limits{SpoolSize: 1000, UploadFolder: folder}
		app.Logger = slog.New(slog.DiscardHandler)
		gatewaytest.Do(app, gatewaytest.Request{Method: "POST", Header: gateway.Header{{Name: "Content-Type", Value: multipartType}}, Stream: c.body})
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("%s: %d files are left, %v", c.name, len(left), err)
		}
		for _, u := range open {
			if _, err := io.ReadAll(u.Open()); !errors.Is(err, os.ErrClosed) {
				t.Errorf("%s: an upload is open: %v", c.name, err)
			}
		}
	}
}

// Each limit holds at N and refuses N+1 with 413, with a length and without.
func TestContentLimits(t *testing.T) {
	data := func(c *framework.Context) error {
		_, err := c.Data()
		if err != nil {
			return err
		}
		return c.NoContent()
	}
	stream := func(c *framework.Context) error {
		if _, err := io.Copy(io.Discard, c.Stream()); err != nil {
			return err
		}
		return c.NoContent()
	}
	form := func(c *framework.Context) error { c.Form(); return c.NoContent() }
	bind := func(c *framework.Context) error {
		var in struct {
			A int `json:"a"`
		}
		if err := c.Bind(&in); err != nil {
			return err
		}
		return c.NoContent()
	}
	parts := func(n int) string {
		return strings.TrimSuffix(strings.Repeat(multipartBody("name=a", "1")+"\x00", n), "\x00")
	}
	many := func(n int) string { return strings.ReplaceAll(parts(n), "--X--\r\n\x00", "") }
	const urlencoded = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		name, mediaType string
		h               framework.Handler
		limits          framework.Limits
		holds, breaks   string
	}{
		{"Data", "text/plain", data, framework.Limits{MaxContentLength: 10}, "0123456789", "0123456789x"},
		{"Stream", "text/plain", stream, framework.Limits{MaxContentLength: 10}, "0123456789", "0123456789x"},
		{"Bind", "application/json", bind, framework.Limits{MaxContentLength: 10}, `{"a":1234}`, `{"a":12345}`},
		{"the default", "text/plain", data, framework.Limits{}, strings.Repeat("x", framework.DefaultMaxContentLength), strings.Repeat("x", framework.DefaultMaxContentLength+1)},
		{"a form", urlencoded, form, framework.Limits{MaxFormMemory: 10}, "a=12345678", "a=123456789"},
		{"fields of a form", urlencoded, form, framework.Limits{MaxFormParts: 2}, "a=1&b=2", "a=1&b=2&c=3"},
		{"a multipart form", multipartType, form, framework.Limits{MaxContentLength: int64(len(many(2)))}, many(2), many(3)},
		{"a multipart field", multipartType, form, framework.Limits{MaxFormMemory: 10}, multipartBody("name=a", "0123456789"), multipartBody("name=a", "0123456789x")},
		{"MaxFormMemory's default", urlencoded, form, framework.Limits{}, "a=" + strings.Repeat("x", 499_998), "a=" + strings.Repeat("x", 499_999)},
		{"MaxFormMemory's default in multipart", multipartType, form, framework.Limits{}, multipartBody("name=a", strings.Repeat("x", 500_000)), multipartBody("name=a", strings.Repeat("x", 500_001))},
		{"MaxFormParts' default", urlencoded, form, framework.Limits{}, strings.Repeat("a=1&", 1000), strings.Repeat("a=1&", 1001)},
		{"MaxFormParts' default in multipart", multipartType, form, framework.Limits{}, many(1000), many(1001)},
		{"parts", multipartType, form, framework.Limits{MaxFormParts: 3}, many(3), many(4)},
	} {
		for way, app := range map[string]*framework.App{"application": one(c.h), "route": one(c.h, framework.Limit(c.limits))} {
			if way == "application" {
				app.Limits = c.limits
			}
			for _, unknown := range []bool{false, true} {
				for status, body := range map[int]string{204: c.holds, 413: c.breaks} {
					q := gatewaytest.Request{Method: "POST", Header: gateway.Header{{Name: "Content-Type", Value: c.mediaType}}, Body: []byte(body)}
					if unknown {
						q.Body, q.Stream = nil, strings.NewReader(body)
					}
					if r := gatewaytest.Do(app, q); r.Status != status {
						t.Errorf("%s, %s, of unknown length %v: %d, want %d: %.200s", c.name, way, unknown, r.Status, status, r.Body)
					}
				}
			}
		}
	}
	unlimited := one(data)
	unlimited.Limits.MaxContentLength = -1
	if r := post(unlimited, "text/plain", strings.Repeat("x", framework.DefaultMaxContentLength+1)); r.Status != 204 {
		t.Errorf("without a limit: %d", r.Status)
	}
}

// Who reads on after the error gets no more of the content than the limit.
func TestStreamEndsAtItsLimit(t *testing.T) {
	var got []byte
	app := one(func(c *framework.Context) error {
		r, p := c.Stream(), make([]byte, 64)
		for range 10 {
			n, _ := r.Read(p)
			got = append(got, p[:n]...)
		}
		return c.NoContent()
	})
	app.Limits.MaxContentLength = 10
	gatewaytest.Do(app, gatewaytest.Request{Method: "POST", Stream: strings.NewReader(strings.Repeat("0123456789", 20))})
	if string(got) != "0123456789" {
		t.Errorf("%q", got)
	}
}

func TestFormParts(t *testing.T) {
	app := one(func(c *framework.Context) error {
		parts, err := c.FormParts()
		if err != nil {
			return err
		}
		defer parts.Close()
		var told []string
		for {
			part, err := parts.NextPart()
			if err == io.EOF {
				return c.Text(strings.Join(told, ", "))
			}
			if err != nil {
				return err
			}
			n, err := part.WriteTo(io.Discard)
			if err != nil {
				return err
			}
			told = append(told, fmt.Sprint(part.Name, " ", part.Filename, " ", n))
		}
	})
	if r := post(app, multipartType, multipartBody("name=a", "1", "name=f; filename=x", strings.Repeat("x", 200_000))); string(r.Body) != "a  1, f x 200000" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := post(app, "text/plain", "x"); r.Status != 415 || r.Header.Value("Accept") != "multipart/form-data" {
		t.Errorf("%d %v", r.Status, r.Header)
	}
	// A handler that returns the reader's errors as they are blames the client.
	if r := post(app, multipartType, "--X\r\nContent-Disposition: form-data; name=a\r\n\r\ncut off"); r.Status != 400 || !strings.Contains(string(r.Body), "malformed") {
		t.Errorf("malformed: %d %s", r.Status, r.Body)
	}
	app = framework.New("parts")
	app.Limits.MaxFormParts = 1
	app.Post("/", func(c *framework.Context) error {
		parts, err := c.FormParts()
		for err == nil {
			_, err = parts.NextPart()
		}
		return err
	})
	if r := post(app, multipartType, multipartBody("name=a", "1", "name=b", "2")); r.Status != 413 || !strings.Contains(string(r.Body), "too many parts") {
		t.Errorf("too many parts: %d %s", r.Status, r.Body)
	}
}

// Werkzeug answers 400 where files["photo"] is not there.
func TestRequireFile(t *testing.T) {
	app := one(func(c *framework.Context) error { return c.Text(c.Files().Require("photo").Filename) })
	if r := post(app, multipartType, multipartBody("name=photo; filename=a.png", "png")); string(r.Body) != "a.png" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	for _, body := range []string{multipartBody("name=photo", "a field"), multipartBody(`name=photo; filename=""`, ""), multipartBody("name=other; filename=x", "x")} {
		if r := post(app, multipartType, body); r.Status != 400 || !strings.Contains(string(r.Body), "lacks the file &#34;photo&#34;") {
			t.Errorf("%q: %d %s", body, r.Status, r.Body)
		}
	}
}

func TestBindFiles(t *testing.T) {
	type input struct {
		Title string              `form:"title" validate:"required"`
		Photo *framework.Upload   `file:"photo" validate:"required"`
		More  []*framework.Upload `file:"more" validate:"max=2"`
	}
	app := framework.New("bind")
	app.Post("/", framework.Bind(func(c *framework.Context, in input) (string, error) {
		content, err := io.ReadAll(in.Photo.Open())
		return fmt.Sprint(in.Title, " ", in.Photo.Filename, " ", string(content), " ", len(in.More)), err
	}))
	for _, c := range []struct {
		mediaType, body string
		status          int
		answer          string
	}{
		{multipartType, multipartBody("name=title", "Sea", "name=photo; filename=a.png", "png", "name=more; filename=b", "b", "name=more; filename=c", "c"), 200, `"Sea a.png png 2"`},
		{multipartType, multipartBody("name=title", "Sea", `name=photo; filename=""`, ""), 422, `"parameter":"photo","location":"file","code":"required"`},
		{multipartType, multipartBody("name=title", "Sea", "name=photo", "a field"), 422, `"parameter":"photo"`},
		{multipartType, multipartBody("name=title", "", "name=photo; filename=a", "", "name=more; filename=b", "b", "name=more; filename=c", "c", "name=more; filename=d", "d"), 422, `"parameter":"more"`},
		{"application/x-www-form-urlencoded", "title=Sea", 415, "multipart/form-data"},
		{multipartType, "--X\r\nbroken", 400, "malformed"},
	} {
		if r := post(app, c.mediaType, c.body); r.Status != c.status || !strings.Contains(string(r.Body), c.answer) {
			t.Errorf("%.60q: %d %s, want %d with %s", c.body, r.Status, r.Body, c.status, c.answer)
		}
	}
}
