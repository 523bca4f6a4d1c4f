package server_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

const (
	inside = "GET /inside HTTP/1.1\r\nHost: x\r\n\r\n"                      // of a body: never served
	behind = "GET /behind HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" // every trial
)

// teller says what it was asked; its path says what it does first.
var teller = gateway.HandlerFunc(func(x *gateway.Exchange) error {
	r, content := &x.Request, ""
	switch r.Path {
	case "/unread", "/unread/again":
	case "/missing":
		return &gateway.StatusError{Status: 404}
	case "/panic":
		panic("on purpose")
	case "/abort":
		return gateway.ErrAbort
	case "/204":
		x.Response.Status = 204
		return nil
	case "/304":
		x.Response.Status = 304
		return nil
	case "/103":
		_ = x.Inform(103, gateway.Header{{Name: "Link", Value: "</a.css>"}}) // HTTP/1.0 has none
	case "/stream":
		if err := x.Flush(); err != nil {
			return err
		}
	default:
		all, err := io.ReadAll(x)
		if err != nil {
			return err
		}
		content = string(all)
	}
	_, err := fmt.Fprintf(x, "%s %s %s %q", r.Method, r.Path, r.Host, content)
	return err
})

// A trial is what a client sends and what it gets; behind follows in the same packet,
// and is served unless the connection has to end before.
var trials = []struct {
	name, send string
	want       []string // statuses, with the content of those that have succeeded
	ends       bool     // the connection, before behind is served
}{
	// Pipelining behind errors: what can be understood is served.
	{"404", "GET /missing HTTP/1.1\r\nHost: x\r\n\r\n", []string{"404"}, false},
	{"404 with content unread", "POST /missing HTTP/1.1\r\nHost: x\r\nContent-Length: 33\r\n\r\n" + inside, []string{"404"}, false},
	{"404 with chunks unread", "POST /missing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n21\r\n" + inside + "\r\n0\r\n\r\n", []string{"404"}, false},
	{"panic", "GET /panic HTTP/1.1\r\nHost: x\r\n\r\n", []string{"500"}, false},
	{"abort", "GET /abort HTTP/1.1\r\nHost: x\r\n\r\n", nil, true},
	{"abort behind an answer", "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /abort HTTP/1.1\r\nHost: x\r\n\r\n", []string{`200 GET /a x ""`}, true},
	{"bad request (RFC 9112 §9.3)", "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\n\r\n", []string{`200 GET /a x ""`, "400"}, true},

	// Bodies that nobody reads (RFC 9112 §9.3).
	{"unread content", "POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 33\r\n\r\n" + inside, []string{`200 POST /unread x ""`}, false},
	{"unread chunks and trailer", "POST /unread HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n21\r\n" + inside + "\r\n0\r\nX-Sum: 1\r\n\r\n", []string{`200 POST /unread x ""`}, false},
	{"unread twice", "POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcPOST /unread/again HTTP/1.1\r\nHost: x\r\nContent-Length: 33\r\n\r\n" + inside, []string{`200 POST /unread x ""`, `200 POST /unread/again x ""`}, false},
	{"unread, too much", "POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n" + inside, []string{`200 POST /unread x ""`}, true},
	{"unread and broken", "POST /unread HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + inside, []string{`200 POST /unread x ""`}, true},
	{"read and broken", "POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n" + inside, []string{"400"}, true},
	{"GET with content", "GET /read HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", []string{`200 GET /read x "abc"`}, false},
	{"no length is no content (RFC 9112 §6.3)", "POST /read HTTP/1.1\r\nHost: x\r\n\r\n", []string{`200 POST /read x ""`}, false},

	// Expect (RFC 9110 §10.1.1): no 100 where the content is there.
	{"expecting, content there", "POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc", []string{`200 POST /read x "abc"`}, false},
	{"expecting in capitals", "POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-CONTINUE\r\n\r\nabc", []string{`200 POST /read x "abc"`}, false},
	{"expecting, chunks there", "POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n3\r\nabc\r\n0\r\n\r\n", []string{`200 POST /read x "abc"`}, false},
	{"expecting without content", "GET /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n", []string{`200 GET /a x ""`}, false},
	{"expecting in HTTP/1.0", "POST /read HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc", []string{`200 POST /read x "abc"`}, false},
	{"expecting, refused", "POST /missing HTTP/1.1\r\nHost: x\r\nContent-Length: 33\r\nExpect: 100-continue\r\n\r\n" + inside, []string{"404"}, true},
	{"expecting what nobody knows", "POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 33\r\nExpect: 200-ok\r\n\r\n" + inside, []string{"417"}, true},

	// Answers without content (RFC 9112 §6.3).
	{"HEAD", "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n", []string{"HEAD 200 "}, false},
	{"HEAD of a stream", "HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n", []string{"HEAD 200 "}, false},
	{"HEAD of what is missing", "HEAD /missing HTTP/1.1\r\nHost: x\r\n\r\n", []string{"HEAD 404"}, false},
	{"HEAD with content unread", "HEAD /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 33\r\n\r\n" + inside, []string{"HEAD 200 "}, false},
	{"204", "GET /204 HTTP/1.1\r\nHost: x\r\n\r\n", []string{"204 "}, false},
	{"304", "GET /304 HTTP/1.1\r\nHost: x\r\n\r\n", []string{"304"}, false},
	{"103 (RFC 8297 §2)", "GET /103 HTTP/1.1\r\nHost: x\r\n\r\n", []string{"103", `200 GET /103 x ""`}, false},

	// HTTP/1.0 (RFC 9112 §9.3, RFC 9110 §15.2).
	{"1.0 has no 1xx", "GET /103 HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n", []string{`200 GET /103 x ""`}, false},
	{"1.0 without Host", "GET /a HTTP/1.0\r\n\r\n", []string{`200 GET /a  ""`}, true},
	{"1.0 kept", "GET /a HTTP/1.0\r\nHost: x\r\nConnection: Keep-Alive\r\n\r\n", []string{`200 GET /a x ""`}, false},
	{"1.0 kept, HEAD of a stream", "HEAD /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", []string{"HEAD 200 "}, false},
	{"1.0 streams to the end", "GET /stream HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n", []string{`200 GET /stream x ""`}, true},
	{"1.0 with chunks (RFC 9112 §6.1)", "POST /read HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []string{"400"}, true},
	{"close beats keep-alive", "GET /a HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, close\r\n\r\n", []string{`200 GET /a x ""`}, true},

	// Targets (RFC 9112 §3.2).
	{"absolute-form beats Host", "GET http://other:81/a HTTP/1.1\r\nHost: x\r\n\r\n", []string{`200 GET /a other:81 ""`}, false},
	{"absolute-form in capitals", "GET HTTP://other/a HTTP/1.1\r\nHost: x\r\n\r\n", []string{`200 GET /a other ""`}, false},
	{"absolute-form without a path", "GET http://other HTTP/1.1\r\nHost: x\r\n\r\n", []string{`200 GET / other ""`}, false},
	{"absolute-form needs Host all the same", "GET http://other/a HTTP/1.1\r\n\r\n", []string{"400"}, true},
	{"absolute-form without a host (RFC 9110 §4.2.1)", "GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n", []string{"400"}, true},
	{"absolute-form with a user (RFC 9110 §4.2.4)", "GET http://u@other/a HTTP/1.1\r\nHost: x\r\n\r\n", []string{"400"}, true},
	{"asterisk-form", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", []string{`200 OPTIONS * x ""`}, false},
	{"asterisk-form is for OPTIONS", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", []string{"400"}, true},
	{"no form at all", "GET a HTTP/1.1\r\nHost: x\r\n\r\n", []string{"400"}, true},
	{"fragment", "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", []string{"400"}, true},
	{"two hosts", "GET /a HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", []string{"400"}, true},

	// Lines (RFC 9112 §2.2, §5).
	{"empty line before", "\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n", []string{`200 GET /a x ""`}, false},
	{"empty line behind content", "POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc\r\n", []string{`200 POST /read x "abc"`}, false},
	{"space before the colon", "GET /a HTTP/1.1\r\nHost : x\r\n\r\n", []string{"400"}, true},
	{"folded line", "GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", []string{"400"}, true},
}

// What is sent in one piece, and what comes back, to the last byte and the end.
func TestTrials(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		r := start(t, on.config(server.Config{}), teller)
		for _, trial := range trials {
			t.Run(trial.name, func(t *testing.T) {
				want := trial.want
				if !trial.ends {
					want = append(slices.Clone(want), `200 GET /behind x ""`)
				}
				c := r.dial(t)
				c.send(trial.send + behind)
				c.answers(want)
				c.closed()
			})
		}
	})
}

// It does not matter in which pieces a request comes, but where it says so itself: whether
// a 100 is wanted, and whether unread chunks are all there, are questions of the moment.
func TestTrialsInPieces(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		r := start(t, on.config(server.Config{}), teller)
		for _, trial := range trials {
			if strings.Contains(trial.send, "Expect:") || strings.Contains(trial.send, "chunked") && !strings.Contains(trial.send, "/read") {
				continue
			}
			t.Run(trial.name, func(t *testing.T) {
				want := trial.want
				if !trial.ends {
					want = append(slices.Clone(want), `200 GET /behind x ""`)
				}
				c := r.dial(t)
				for piece := range slices.Chunk([]byte(trial.send+behind), 5) {
					c.send(string(piece))
				}
				c.answers(want)
				c.closed()
			})
		}
	})
}

// A client may end its side behind what it has sent: it gets all answers, that to what it
// has left unfinished included, and then the end.
func TestHalfClosedTrials(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		r := start(t, on.config(server.Config{}), teller)
		for _, trial := range []struct {
			name, send string
			want       []string
		}{
			{"nothing", "", nil},
			{"an empty line", "\r\n", nil},
			{"two requests", "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n", []string{`200 GET /a x ""`, `200 GET /b x ""`}},
			{"half a head (RFC 9112 §8)", "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HT", []string{`200 GET /a x ""`, "400"}},
			{"half of what is read (RFC 9112 §8)", "POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", []string{"400"}},
			{"chunks without the last (RFC 9112 §8)", "POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", []string{"400"}},
			{"half of what is not read", "POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", []string{`200 POST /unread x ""`}},
			{"expecting, nothing sent", "POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n", []string{`200 POST /unread x ""`}},
			{"expecting, nothing sent, invited", "POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n", []string{"100", "400"}},
			{"a stream", "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n", []string{`200 GET /stream x ""`}},
		} {
			t.Run(trial.name, func(t *testing.T) {
				c := r.dial(t)
				c.send(trial.send)
				if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
					t.Fatal(err)
				}
				c.answers(trial.want)
				c.closed()
			})
		}
	})
}

// answers reads one response for each of want: its status, and its content where it has
// succeeded; HEAD before them says what was asked.
func (c *client) answers(want []string) {
	c.t.Helper()
	for i, w := range want {
		method := "GET"
		if rest, ok := strings.CutPrefix(w, "HEAD "); ok {
			method, w = "HEAD", rest
		}
		res, err := http.ReadResponse(c.Reader, &http.Request{Method: method})
		if err != nil {
			c.t.Fatalf("answer %d: %v, want %q", i+1, err, w)
		}
		content, err := io.ReadAll(res.Body)
		got := fmt.Sprint(res.StatusCode)
		if res.StatusCode/100 == 2 {
			got += " " + string(content)
		}
		if got != w || err != nil {
			c.t.Fatalf("answer %d is %q, %v; want %q", i+1, got, err, w)
		}
		if length := res.Header.Get("Content-Length"); length != "" && (res.StatusCode < 200 || res.StatusCode == 204) {
			c.t.Errorf("a %d has Content-Length %s (RFC 9110 §8.6)", res.StatusCode, length)
		}
	}
}
