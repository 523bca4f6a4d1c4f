package framework_test

import (
	"fmt"
	"strings"
	"testing/fstest"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/semantics"
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
