package nethttp_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/nethttp"
)

// An application runs below a prefix of a net/http program, and knows it.
func ExampleHandler() {
	app := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		fmt.Fprintf(x, "%s below %s", x.Request.Path, x.Request.Root)
		return nil
	})
	mux := http.NewServeMux()
	mux.Handle("/notes/", http.StripPrefix("/notes", nethttp.Handler(app)))

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/notes/today", nil))
	fmt.Println(w.Code, w.Body)
	// Output: 200 /today below /notes
}

// An Adapter tells of faults.
func ExampleAdapter() {
	app := gateway.HandlerFunc(func(x *gateway.Exchange) error { return io.ErrNoProgress })
	h := &nethttp.Adapter{Handler: app, Error: func(r *gateway.Request, err error) {
		fmt.Println(r.Method, r.Target, err)
	}}

	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Code)
	// Output:
	// GET / multiple Read calls return no data or error
	// 500
}

// Any http.Handler becomes part of an application.
func ExampleMount() {
	files := http.FileServer(http.Dir("testdata/site"))
	app := gateway.Mount("/static", nethttp.Mount(files))

	res := gatewaytest.Do(app, gatewaytest.Request{Target: "/static/hello.txt"})
	fmt.Printf("%d %s %s", res.Status, res.Header.Value("Content-Type"), res.Body)
	// Output: 200 text/plain; charset=utf-8 Hello from a file.
}

// A Mounted tells of a handler's mistakes that change nothing.
func ExampleMounted() {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "fine")
		http.Error(w, "too late", 500)
	})
	m := &nethttp.Mounted{Handler: h, Error: func(r *gateway.Request, err error) { fmt.Println(err) }}

	res := gatewaytest.Do(m, gatewaytest.Request{})
	fmt.Println(res.Status)
	// Output:
	// nethttp: superfluous WriteHeader(500): the status is 200
	// 200
}

// A Server runs until its context ends.
func ExampleNew() {
	ctx, stop := context.WithCancel(context.Background())
	app := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		stop()
		_, err := x.WriteString("the last one")
		return err
	})
	client := &once{Handler: app, done: make(chan string, 1)}
	if err := nethttp.New(nethttp.Config{Addr: "127.0.0.1:0"}).Serve(ctx, client); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Println(<-client.done)
	// Output: the last one
}

// once asks the server one question as soon as it listens.
type once struct {
	gateway.Handler
	done chan string
}

func (o *once) Startup(_ context.Context, s gateway.ServerInfo) error {
	go func() {
		res, err := http.Get(s.Scheme + "://" + s.Addrs[0].String())
		if err != nil {
			o.done <- err.Error()
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		o.done <- string(body)
	}()
	return nil
}

func (o *once) Shutdown(context.Context) error { return nil }
