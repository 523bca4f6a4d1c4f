package framework_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing/fstest"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/semantics"
	"github.com/dewar-go/dewar/gateway/static"
)

func ExampleApp_Static() {
	app := framework.New("site")
	app.Static("/static", fstest.MapFS{"app.css": {Data: []byte("body {}")}}) // or os.Root.FS, or an embed.FS
	r := client.Do(app, client.Request{Target: "/static/app.css"})
	fmt.Println(r.Header.Value("Content-Type"), string(r.Body))
	// Output: text/css; charset=utf-8 body {}
}

func ExampleContext_Files() {
	app := framework.New("photos")
	app.Post("/photos", func(c *framework.Context) error {
		photo := c.Files().File("photo")
		if photo == nil {
			return framework.Abort(400, "There is no photo.")
		}
		// photo.Save(filepath.Join(folder, framework.SecureFilename(photo.Filename)))
		return c.Text(fmt.Sprintf("%s, %d bytes, %s", c.Form().Value("title"), photo.Size, framework.SecureFilename(photo.Filename)))
	}, framework.Limit(framework.Limits{MaxContentLength: 50 << 20}))
	r := client.Do(app, client.Request{
		Method: "POST", Target: "/photos",
		Header: gateway.Header{{Name: "Content-Type", Value: "multipart/form-data; boundary=X"}},
		Body: []byte("--X\r\nContent-Disposition: form-data; name=title\r\n\r\nSea\r\n" +
			"--X\r\nContent-Disposition: form-data; name=photo; filename=\"../my sea.png\"\r\n\r\n...\r\n--X--"),
	})
	fmt.Println(string(r.Body))
	// Output: Sea, 3 bytes, my_sea.png
}

func ExampleContext_Conditional() {
	app := framework.New("notes")
	app.Get("/", func(c *framework.Context) error {
		if done, err := c.Conditional(semantics.Validators{ETag: `"v7"`}); done {
			return err
		}
		return c.Text("a note that takes long to make")
	})
	r := client.Do(app, client.Request{Header: gateway.Header{{Name: "If-None-Match", Value: `"v7"`}}})
	fmt.Println(r.Status)
	// Output: 304
}

func ExampleContext_Events() {
	app := framework.New("prices")
	app.Get("/", func(c *framework.Context) error {
		return c.Events(framework.Events{}, func(s *framework.EventStream) error {
			return s.SendJSON("price", map[string]int{"eur": 7}) // and so on, until c.Done()
		})
	})
	fmt.Print(string(client.Do(app, client.Request{}).Body))
	// Output:
	// event: price
	// data: {"eur":7}
}

func ExampleNDJSON() {
	app := framework.New("export")
	app.Get("/", func(c *framework.Context) error {
		return framework.NDJSON(c, func(yield func(map[string]int, error) bool) {
			for id := 1; id < 3 && yield(map[string]int{"id": id}, nil); id++ {
			}
		})
	})
	fmt.Print(string(client.Do(app, client.Request{}).Body))
	// Output:
	// {"id":1}
	// {"id":2}
}

func ExampleSecureFilename() {
	fmt.Println(framework.SecureFilename("../../My crème brûlée.txt"))
	// Output: My_creme_brulee.txt
}

func ExampleContext_SetEncryptedCookie() {
	app := framework.New("shop")
	app.Session.Keys = []string{"openssl rand -hex 32 makes one"}
	app.Post("/coupon", func(c *framework.Context) error {
		if err := c.SetEncryptedCookie(framework.Cookie{Name: "coupon", Value: "20 percent", MaxAge: time.Hour, HTTPOnly: true}); err != nil {
			return err
		}
		return c.NoContent()
	})
	app.Get("/price", func(c *framework.Context) error {
		coupon, ok := c.EncryptedCookie("coupon", time.Hour)
		return c.Text(fmt.Sprint(coupon, " ", ok))
	})
	set := gatewaytest.Do(app, gatewaytest.Request{Method: "POST", Target: "/coupon"})
	cookie, _, _ := strings.Cut(set.Header.Value("Set-Cookie"), ";")
	r := gatewaytest.Do(app, gatewaytest.Request{Target: "/price", Header: gateway.Header{{Name: "Cookie", Value: cookie}}})
	fmt.Println(string(r.Body))
	// Output: 20 percent true
}

func ExampleContext_SetCookie() {
	app := framework.New("shop")
	app.Post("/theme", func(c *framework.Context) error {
		if err := c.SetCookie(framework.Cookie{Name: "theme", Value: "dark", HTTPOnly: true, SameSite: "Lax"}); err != nil {
			return err
		}
		return c.NoContent()
	})
	r := client.Do(app, client.Request{Method: "POST", Target: "/theme"})
	fmt.Println(r.Header.Value("Set-Cookie"))
	// Output: theme=dark; HttpOnly; Path=/; SameSite=Lax
}

func ExampleContext_SendFile() {
	folder, err := os.MkdirTemp("", "reports")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	report := filepath.Join(folder, "q3.txt")
	if err := os.WriteFile(report, []byte("0123456789"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	app := framework.New("reports")
	app.Get("/report", func(c *framework.Context) error {
		return c.SendFile(report, static.Options{Name: "report.txt", Attachment: true})
	})
	r := client.Do(app, client.Request{Target: "/report", Header: gateway.Header{{Name: "Range", Value: "bytes=2-4"}}})
	fmt.Println(r.Status, string(r.Body), r.Header.Value("Content-Disposition"))
	// Output: 206 234 attachment; filename=report.txt
}

func ExampleContext_SafeRedirect() {
	app := framework.New("login")
	app.Post("/login", func(c *framework.Context) error { return c.SafeRedirect(c.Query().Value("next"), "/") })
	for _, next := range []string{"/notes/7", "https://evil.example/", "//evil.example/"} {
		r := client.Do(app, client.Request{Method: "POST", Target: "/login?next=" + next})
		fmt.Println(r.Status, r.Header.Value("Location"))
	}
	// Output:
	// 303 /notes/7
	// 303 /
	// 303 /
}

func ExampleContext_Accepts() {
	app := framework.New("notes")
	app.Get("/", func(c *framework.Context) error {
		switch best, _ := c.Accepts("text/html", "application/json"); best {
		case "text/html":
			return c.HTML("<p>hello</p>")
		case "application/json":
			return c.JSON("hello")
		}
		return framework.Abort(406)
	})
	for _, accept := range []string{"text/*, application/json;q=0.5", "application/json", "image/png"} {
		r := client.Do(app, client.Request{Target: "/", Header: gateway.Header{{Name: "Accept", Value: accept}}})
		fmt.Println(r.Status, r.Header.Value("Content-Type"), r.Header.Value("Vary"))
	}
	// Output:
	// 200 text/html; charset=utf-8 Accept
	// 200 application/json Accept
	// 406 text/html; charset=utf-8 Accept
}

func ExampleContext_FormParts() {
	app := framework.New("videos")
	app.Post("/", func(c *framework.Context) error {
		parts, err := c.FormParts()
		if err != nil {
			return err
		}
		defer parts.Close()
		for {
			part, err := parts.NextPart()
			if err == io.EOF {
				return c.NoContent()
			}
			if err != nil {
				return err
			}
			n, err := part.WriteTo(io.Discard) // or to where it is to be kept, as it comes
			if err != nil {
				return err
			}
			fmt.Println(part.Name, n)
		}
	})
	client.Do(app, client.Request{
		Method: "POST", Target: "/",
		Header: gateway.Header{{Name: "Content-Type", Value: "multipart/form-data; boundary=X"}},
		Body: []byte("--X\r\nContent-Disposition: form-data; name=title\r\n\r\nSea\r\n" +
			"--X\r\nContent-Disposition: form-data; name=video; filename=sea.mp4\r\n\r\n0123456789\r\n--X--"),
	})
	// Output:
	// title 3
	// video 10
}

func ExampleContext_CSP() {
	policy := semantics.ParseCSP("default-src 'self'; object-src 'none'")
	app := framework.New("map")
	app.Get("/", func(c *framework.Context) error {
		if err := c.CSP(policy.Allow("img-src", "https://tiles.example")); err != nil {
			return err
		}
		return c.HTML("<h1>Map</h1>")
	})
	fmt.Println(client.Do(app, client.Request{Target: "/"}).Header.Value("Content-Security-Policy"))
	// Output: default-src 'self'; object-src 'none'; img-src 'self' https://tiles.example
}
