package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/examples/internal/trial"
)

func TestMain(m *testing.M) { trial.Main(m, main) }

func TestPageOnEachGateway(t *testing.T) {
	for _, gateway := range []string{"server", "nethttp"} {
		t.Run(gateway, func(t *testing.T) {
			url := trial.Start(t, "-addr", "127.0.0.1:0", "-gateway", gateway).URL
			for _, test := range []struct {
				path string
				want []string
			}{
				{"/", []string{"<h1>Hello, world!</h1>", "gateway/" + gateway + " read GET / HTTP/1.1", "endpoint index"}},
				{"/hello/Ada", []string{"<title>Hello, Ada · Dewar</title>", "endpoint hello", "rule /hello/&lt;name&gt; matched"}},
				{"/hello/%3Cscript%3E", []string{"<h1>Hello, &lt;script&gt;!</h1>", "with name = &lt;script&gt;"}},
			} {
				res, err := http.Get(url + test.path)
				if err != nil {
					t.Fatal(err)
				}
				page, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/html; charset=utf-8" {
					t.Fatalf("%s: %v, %v, %v", test.path, res.Status, res.Header, err)
				}
				for _, want := range test.want {
					if !strings.Contains(string(page), want) {
						t.Errorf("%s lacks %q:\n%s", test.path, want, page)
					}
				}
			}
		})
	}
}

func TestUnknownGatewayIsAnError(t *testing.T) {
	if _, err := pick("apache", ""); err == nil || !strings.Contains(err.Error(), "there are server and nethttp") {
		t.Errorf("got %v", err)
	}
}
