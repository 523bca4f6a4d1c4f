package server_test

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// browser is what a browser sends with every request, 12 fields of 700 bytes.
const browser = "Host: app.example.com\r\n" +
	"Connection: keep-alive\r\n" +
	"Cache-Control: max-age=0\r\n" +
	"sec-ch-ua: \"Chromium\";v=\"142\", \"Not=A?Brand\";v=\"24\", \"Google Chrome\";v=\"142\"\r\n" +
	"sec-ch-ua-mobile: ?0\r\n" +
	"Upgrade-Insecure-Requests: 1\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8\r\n" +
	"Sec-Fetch-Site: none\r\n" +
	"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n" +
	"Cookie: session=eyJ1c2VyX2lkIjo0Mn0.Z0dWxA.7mJx4q0bXb2kq3wq1y8v5u6t7s8; theme=dark; consent=all\r\n"

// The whole way of a request on a kept connection allocates nothing: the client
// of this test does not either, so that the counts are the server's.
func TestAllocations(t *testing.T) {
	if misuseIsDetected {
		t.Skip("exchanges are not reused where misuse is detected")
	}
	body := []byte("Hello, World!")
	h := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response.Header.Set("Content-Type", "text/plain; charset=utf-8")
		x.Response.Body = body
		return nil
	})
	plain := "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	eachPath(t, func(t *testing.T, on path) {
		for name, request := range map[string]string{
			"plain":     plain,
			"browser":   "GET / HTTP/1.1\r\n" + browser + "\r\n",
			"pipelined": strings.Repeat(plain, 16),
		} {
			t.Run(name, func(t *testing.T) {
				c := start(t, on.config(server.Config{}), h).dial(t)
				c.send(request)
				_, _ = c.answer("GET")
				size := 0
				for range strings.Count(request, " HTTP/1.1") {
					size += len("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n" +
						"Date: Sun, 22 Nov 2026 08:24:31 GMT\r\nContent-Length: 13\r\n\r\nHello, World!")
				}
				for range strings.Count(request, " HTTP/1.1") - 1 {
					_, _ = c.answer("GET")
				}
				sent, got := []byte(request), make([]byte, size)
				allocs := testing.AllocsPerRun(1000, func() {
					if _, err := c.Conn.Write(sent); err != nil {
						t.Fatal(err)
					}
					if _, err := io.ReadFull(c.Conn, got); err != nil {
						t.Fatal(err)
					}
				})
				if allocs != 0 {
					t.Errorf("%v allocations, want none", allocs)
				}
			})
		}
	})
}

// Strings of a request are the application's for ever: those of 10,000 requests on
// ten connections, half of which repeat, are what they were.
func TestStringsOfRequestsAreKept(t *testing.T) {
	const connections, requests = 10, 1000
	eachPath(t, func(t *testing.T, on path) {
		var mu sync.Mutex
		kept := make(map[string]gateway.Request)
		r := start(t, on.config(server.Config{}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			b, err := io.ReadAll(x)
			mu.Lock()
			kept[string(b)] = x.Request
			mu.Unlock()
			return err
		}))
		var clients sync.WaitGroup
		for k := range connections {
			c := r.dial(t)
			clients.Go(func() {
				for i := range requests {
					id := fmt.Sprintf("%d-%04d", k, i)
					c.send(fmt.Sprintf("POST /path/%s?q=%s HTTP/1.1\r\nHost: host-%s\r\nX-Id: %s\r\nContent-Length: %d\r\n\r\n%s",
						id, half(i), id, id, len(id), id))
					c.answer("POST")
				}
			})
		}
		clients.Wait()
		mu.Lock()
		defer mu.Unlock()
		if len(kept) != connections*requests {
			t.Fatalf("%d requests kept", len(kept))
		}
		for id, q := range kept {
			var k, i int
			if _, err := fmt.Sscanf(id, "%d-%d", &k, &i); err != nil {
				t.Fatal(err)
			}
			if q.Method != "POST" || q.Path != "/path/"+id || q.Query != "q="+half(i) || q.Host != "host-"+id ||
				q.Target != q.Path+"?"+q.Query || q.Header.Value("X-Id") != id || q.Header.Value("Host") != q.Host || len(q.Header) != 3 {
				t.Fatalf("request %s became %+v", id, q)
			}
		}
	})
}

// half repeats every value once.
func half(i int) string { return fmt.Sprint(i / 2) }
