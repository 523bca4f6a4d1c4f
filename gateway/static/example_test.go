package static_test

import (
	"fmt"
	"testing/fstest"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/static"
)

func ExampleNew() {
	files := fstest.MapFS{ // or os.Root.FS, or an embed.FS
		"app.js":    {Data: []byte("alert(1)")},
		"app.js.br": {Data: []byte("(compressed)")},
	}
	h := gateway.Mount("/static", static.New(files, static.Config{}))
	r := gatewaytest.Do(h, gatewaytest.Request{
		Target: "/static/app.js",
		Header: gateway.Header{{Name: "Accept-Encoding", Value: "gzip, br"}},
	})
	fmt.Println(r.Status, r.Header.Value("Content-Type"), r.Header.Value("Content-Encoding"), string(r.Body))
	// Output: 200 text/javascript; charset=utf-8 br (compressed)
}

func ExampleNewVersions() {
	assets := static.NewVersions(fstest.MapFS{"app.css": {Data: []byte("body { margin: 0 }")}})
	h := gateway.Mount("/static", static.New(assets, static.Config{Immutable: assets.Current}))
	name, err := assets.Name("app.css") // for the page
	r := gatewaytest.Do(h, gatewaytest.Request{Target: "/static/" + name})
	fmt.Println(name, err)
	fmt.Println(r.Status, r.Header.Value("Cache-Control"))
	// Output:
	// app.997faceca260.css <nil>
	// 200 public, max-age=31536000, immutable
}
