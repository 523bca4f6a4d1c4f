package framework_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

// onServers runs a test against an application on sockets of both servers.
func onServers(t *testing.T, app func() *framework.App, test func(t *testing.T, url string)) {
	for name, s := range map[string]gateway.Server{
		"server":  server.New(server.Config{Addr: "127.0.0.1:0"}),
		"nethttp": nethttp.New(nethttp.Config{Addr: "127.0.0.1:0"}),
	} {
		t.Run(name, func(t *testing.T) {
			a := app()
			a.Logger = slog.New(slog.DiscardHandler)
			ctx, stop := context.WithCancel(context.Background())
			bound, ended := make(chan string, 1), make(chan error, 1)
			a.Announce = func(s gateway.ServerInfo) { bound <- s.Addrs[0].String() }
			go func() { ended <- a.RunContext(ctx, s) }() // ends with ctx, and is awaited below
			test(t, "http://"+<-bound)
			http.DefaultClient.CloseIdleConnections()
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// What browsers do with the toolkit: a file is fetched in parts, uploaded, and told of
// in events.
func TestToolkitOnSockets(t *testing.T) {
	folder := t.TempDir()
	content := bytes.Repeat([]byte("0123456789\r\n--X"), 100_000)
	app := func() *framework.App {
		app := framework.New("toolkit")
		app.Limits.UploadFolder = folder
		app.Static("/files", fstest.MapFS{"film.mp4": {Data: content, ModTime: time.Unix(1e9, 0)}})
		app.Post("/upload", func(c *framework.Context) error {
			got, err := io.ReadAll(c.Files().File("film").Open())
			if err != nil {
				return err
			}
			return c.Text(fmt.Sprint(bytes.Equal(got, content), " ", c.Form().Value("title")))
		})
		app.Get("/events", func(c *framework.Context) error {
			return c.Events(framework.Events{}, func(s *framework.EventStream) error {
				if err := s.Send(framework.Event{Data: "hello"}); err != nil {
					return err
				}
				<-c.Done()
				return nil
			})
		})
		return app
	}
	onServers(t, app, func(t *testing.T, url string) {
		fetchPart(t, url+"/files/film.mp4", content)
		sendFilm(t, url+"/upload", content)
		r, err := http.Get(url + "/events")
		if err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(r.Body).ReadString('\n')
		if line != "data: hello\n" || err != nil {
			t.Errorf("%q, %v", line, err)
		}
		r.Body.Close() // the handler sees that, or the server would not stop
	})
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("%d temporary files are left, %v", len(left), err)
	}
}

func fetchPart(t *testing.T, url string, content []byte) {
	t.Helper()
	q, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Range", "bytes=700000-700009")
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	part, err := io.ReadAll(r.Body)
	if r.StatusCode != 206 || !bytes.Equal(part, content[700000:700010]) || err != nil {
		t.Errorf("%d %q, %v", r.StatusCode, part, err)
	}
}

func sendFilm(t *testing.T, url string, content []byte) {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	err := w.WriteField("title", "Sea")
	if f, err2 := w.CreateFormFile("film", "film.mp4"); err2 == nil {
		_, err2 = f.Write(content)
		err = errors.Join(err, err2)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := http.Post(url, w.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if answer, err := io.ReadAll(r.Body); string(answer) != "true Sea" || err != nil {
		t.Errorf("%d %.200q, %v", r.StatusCode, answer, err)
	}
}

// A client that goes away inside of its upload leaves nothing behind.
func TestDisconnectInsideOfAnUpload(t *testing.T) {
	folder := t.TempDir()
	over := make(chan error, 1)
	app := func() *framework.App {
		app := framework.New("upload")
		app.Limits = framework.Limits{SpoolSize: 1000, UploadFolder: folder}
		app.Post("/", func(c *framework.Context) error {
			err := c.ParseForm()
			over <- err
			return err
		})
		return app
	}
	onServers(t, app, func(t *testing.T, url string) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=X\r\nContent-Length: 1000000\r\n\r\n"+
			"--X\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n%s", strings.Repeat("x", 200_000))
		conn.Close()
		if err := <-over; err == nil {
			t.Error("half a form is a whole one")
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("%d temporary files are left, %v", len(left), err)
		}
	})
}
