package http1_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/http1"
)

// talk is a connection as a server sees it: requests with their bodies, one after
// the other, until a fault or the end of input, which comes in the pieces that end
// at cuts. It tells every message that it finds: smuggling is to find one more or
// one less.
func talk(input string, cuts ...int) string {
	var (
		log  strings.Builder
		p    http1.Parser
		r    gateway.Request
		m    http1.Message
		b    http1.Body
		body []byte
		in   bool // in a body
		from int
	)
	for _, cut := range append(cuts, len(input)) {
		for {
			src := []byte(input[from:cut])
			if !in {
				n, err := p.Parse(src, &r, &m)
				if err != nil {
					return log.String() + short(err)
				}
				if n == 0 {
					break
				}
				from += n
				in, body = true, nil
				b.Reset(&m, nil)
				fmt.Fprintf(&log, "%s %s", r.Method, r.Target)
				continue
			}
			dst := make([]byte, 64)
			nDst, nSrc, err := b.Decode(dst, src)
			from += nSrc
			body = append(body, dst[:nDst]...)
			if errors.Is(err, io.EOF) {
				fmt.Fprintf(&log, " %q, ", body)
				in = false
				if !m.KeepAlive {
					return log.String() + "close"
				}
			} else if err != nil {
				return log.String() + " " + short(err)
			} else if nDst == 0 {
				break
			}
		}
	}
	if !p.Idle() || in {
		return log.String() + "more"
	}
	return log.String() + "idle"
}

func short(err error) string {
	status, section := statusOf(err)
	return fmt.Sprintf("%d %s", status, section)
}

// TestSmuggling has a row for each published way that we know of to make two
// parsers disagree on where a message ends. Where several servers had the same
// fault, one is named.
func TestSmuggling(t *testing.T) {
	for _, c := range smuggleCases {
		t.Run(c.name, func(t *testing.T) {
			if got := talk(c.in); got != c.want {
				t.Fatalf("%q:\n got %s\nwant %s", c.in, got, c.want)
			}
			teaches(t, c.in)
			if got := talk(c.in, everyByte(c.in)...); got != c.want {
				t.Fatalf("%q byte by byte:\n got %s\nwant %s", c.in, got, c.want)
			}
			for i := range c.in {
				if got := talk(c.in, i); got != c.want {
					t.Fatalf("%q cut at %d:\n got %s\nwant %s", c.in, i, got, c.want)
				}
			}
		})
	}
}

func post(fields, body string) string {
	return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n" + body
}

func chunks(body string) string { return post("Transfer-Encoding: chunked", body) }

const evil = "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n"

var smuggleCases = []struct{ name, in, want string }{
	// Controls: nothing is wrong with these.
	{"pipelined GETs", evil + evil, `GET /evil "", GET /evil "", idle`},
	{"length, then a request", post("Content-Length: 5", "hello"+evil), `POST / "hello", GET /evil "", idle`},
	{"chunks, then a request", chunks("5\r\nhello\r\n0\r\n\r\n" + evil), `POST / "hello", GET /evil "", idle`},
	{"CRLF behind a body", post("Content-Length: 5", "hello\r\n"+evil), `POST / "hello", GET /evil "", idle`},
	{"close ends it", post("Content-Length: 5\r\nConnection: close", "hello"+evil), `POST / "hello", close`},
	{"a request inside a body stays there", post("Content-Length: 31", evil), fmt.Sprintf("POST / %q, idle", evil)},
	{"a request inside a chunk stays there", chunks("1f\r\n" + evil + "\r\n0\r\n\r\n"), fmt.Sprintf("POST / %q, idle", evil)},

	// HTTP Desync Attacks (Kettle, 2019) and Linhart et al. (2005)
	{"CL.TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG"), "400 RFC 9112 §6.3"},
	{"TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4", "1f\r\n"+evil+"\r\n0\r\n\r\n"), "400 RFC 9112 §6.3"},
	{"CL.CL", post("Content-Length: 5\r\nContent-Length: 0", "hello"), "400 RFC 9112 §6.3"},
	{"TE.TE xchunked", post("Transfer-Encoding: xchunked", "0\r\n\r\n"), "400 RFC 9112 §6.3"},
	{"TE.TE space before the colon", post("Transfer-Encoding : chunked", "0\r\n\r\n"), "400 RFC 9112 §5.1"},
	{"TE.TE two fields, one odd", post("Transfer-Encoding: chunked\r\nTransfer-encoding: x", "0\r\n\r\n"), "400 RFC 9112 §6.1"},
	{"TE.TE identity behind", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"), "400 RFC 9112 §6.1"},
	{"TE.TE odd one first", post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), "400 RFC 9112 §6.3"},
	{"TE.TE tab before the value", post("Transfer-Encoding:\tchunked\r\nContent-Length: 3", "0\r\n"), "400 RFC 9112 §6.3"},
	{"TE.TE space before the name", post("X: X\r\n Transfer-Encoding: chunked", "0\r\n\r\n"), "400 RFC 9112 §5.2"},
	{"TE.TE LF before the name", post("X: X\nTransfer-Encoding: chunked", "0\r\n\r\n"), "400 RFC 9112 §2.2"},
	{"TE.TE CR before the name", post("X: X\rTransfer-Encoding: chunked", "0\r\n\r\n"), "400 RFC 9112 §2.2"},
	{"TE.TE folded value", post("Transfer-Encoding:\r\n chunked", "0\r\n\r\n"), "400 RFC 9112 §6.3"},
	{"TE.TE vertical tab", post("Transfer-Encoding: \x0bchunked", "0\r\n\r\n"), "400 RFC 9110 §5.5"},
	{"TE.TE form feed", post("Transfer-Encoding: chunked\x0c", "0\r\n\r\n"), "400 RFC 9110 §5.5"},
	{"TE.TE NUL", post("Transfer-Encoding: chunked\x00", "0\r\n\r\n"), "400 RFC 9110 §5.5"},
	{"TE.TE quoted", post("Transfer-Encoding: 'chunked'", "0\r\n\r\n"), "400 RFC 9112 §6.3"},
	{"TE.TE LF inside the name", post("Transfer-\nEncoding: chunked", "0\r\n\r\n"), "400 RFC 9112 §5"},
	{"TE.TE obs-text in the name", post("Transfer-Encoding\x85: chunked", "0\r\n\r\n"), "400 RFC 9110 §5.1"},
	{"TE.TE no colon", post("Transfer-Encoding chunked", "0\r\n\r\n"), "400 RFC 9112 §5.1"},
	{"TE.TE underscore is another field", post("Transfer_Encoding: chunked", ""), `POST / "", idle`},

	// Browser-powered desync (2022) and HTTP/1.1 must die (2025)
	{"CL.0: GET with a body keeps it", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 31\r\n\r\n" + evil, fmt.Sprintf("GET / %q, idle", evil)},
	{"0.CL: folded length", post("Content-Length:\r\n 31", evil), "400 RFC 9110 §8.6"},
	{"0.CL: space before the length's name", post("X: y\r\n Content-Length: 31", evil), "400 RFC 9112 §5.2"},
	{"0.CL: space before the colon", post("Content-Length : 31", evil), "400 RFC 9112 §5.1"},
	{"TE.0: OPTIONS with chunks keeps them", "OPTIONS / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", `OPTIONS / "hello", idle`},
	{"Expect obfuscated", post("Content-Length: 31\r\nExpect: y 100-continue", evil), "417 RFC 9110 §10.1.1"},
	{"Expect folded", post("Content-Length: 31\r\nExpect:\r\n 100-continue", evil), "400 RFC 9112 §5.2"},
	{"Expect does not change the framing", post("Content-Length: 5\r\nExpect: 100-continue", "hello"+evil), `POST / "hello", GET /evil "", idle`},
	{"Host hidden by a space", "GET / HTTP/1.1\r\nHost: a\r\n Host: b\r\n\r\n", "400 RFC 9112 §5.2"},
	{"HEAD with a length keeps the body", "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + evil, `HEAD / "hello", GET /evil "", idle`},
	{"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400 RFC 9112 §6.1"},
	{"length in HTTP/1.0, kept alive", "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello" + evil, `POST / "hello", GET /evil "", idle`},

	// Funky chunks (Weikop, 2025) and CVE-2025-55315 (Kestrel)
	{"TERM.EXT: LF ends the extension for the front", chunks("2;\nxx\r\n1f\r\n" + evil + "0\r\n\r\n"), "POST / 400 RFC 9112 §7.1.1"},
	{"EXT.TERM: LF inside the extension", chunks("5;a=b\nhello\r\n0\r\n\r\n"), "POST / 400 RFC 9112 §7.1.1"},
	{"EXT.TERM: CR inside the extension", chunks("5;a=b\rhello\r\n0\r\n\r\n"), "POST / 400 RFC 9112 §7.1"},
	{"TERM.SPILL: LF behind the data", chunks("5\r\nhello\n2\r\n0\r\n\r\n"), `POST / 400 RFC 9112 §7.1`},
	{"SPILL.TERM: octets behind the data", chunks("5\r\nhelloAABB\r\n0\r\n\r\n"), `POST / 400 RFC 9112 §7.1`},
	{"ONE.TWO: one octet behind the data", chunks("5\r\nhello\r0\r\n\r\n"), `POST / 400 RFC 9112 §7.1`},
	{"TWO.TWO: two other octets behind the data", chunks("5\r\nhelloXX2\r\n45\r\n0\r\n\r\n"), `POST / 400 RFC 9112 §7.1`},
	{"ZERO.TWO: nothing behind the data", chunks("5\r\nhello0\r\n\r\n"), `POST / 400 RFC 9112 §7.1`},
	{"http-garden: CR before the extension", chunks("2\r\r;a\r\n02\r\n41\r\n0\r\n\r\n"), "POST / 400 RFC 9112 §7.1"},
	{"http-garden: CR in white space of an extension", chunks("5;a=b\r\rXXX\r\n0\r\n\r\n"), "POST / 400 RFC 9112 §7.1"},

	// h11
	{"CVE-2025-43859: any two octets end a chunk", chunks("5\r\nhelloXX2\r\n45\r\n0\r\n\r\n" + evil), `POST / 400 RFC 9112 §7.1`},

	// Go
	{"CVE-2025-22871: LF behind a chunk size", chunks("5\nhello\r\n0\r\n\r\n"), "POST / 400 RFC 9112 §7.1"},
	{"CVE-2019-16276: space before the colon", post("Transfer-Encoding : chunked\r\nContent-Length: 5", "hello"), "400 RFC 9112 §5.1"},
	{"CVE-2022-1705: odd Transfer-Encoding", post("Transfer-Encoding: chunked,", "0\r\n\r\n"), "400 RFC 9112 §6.1"},
	{"go#61679: empty length", post("Content-Length: ", evil), "400 RFC 9110 §8.6"},
	{"go#64517: empty chunk size", chunks("\r\n\r\n" + evil), "POST / 400 RFC 9112 §7.1"},
	{"go#65244: empty field name", post(": x", ""), "400 RFC 9112 §5.1"},

	// Node and llhttp
	{"CVE-2022-32213: identity after an LF", post("Transfer-Encoding: chunkedchunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), "400 RFC 9112 §6.3"},
	{"CVE-2022-32214: LF ends a field", post("X: y\nContent-Length: 31", evil), "400 RFC 9112 §2.2"},
	{"CVE-2022-32215: folded Transfer-Encoding", post("Transfer-Encoding: chunked\r\n , identity", "0\r\n\r\n"), "400 RFC 9112 §5.2"},
	{"CVE-2022-35256: field without CRLF", post("x:x\rTransfer-Encoding: chunked", "0\r\n\r\n"), "400 RFC 9112 §2.2"},
	{"CVE-2023-30589: CR ends a field", post("X: y\rContent-Length: 31", evil), "400 RFC 9112 §2.2"},
	{"CVE-2024-27982: space before the length", post(" Content-Length: 31", evil), "400 RFC 9112 §5.2"},
	{"CVE-2025-23167: CR LF CR X ends a head", "GET / HTTP/1.1\r\nHost: a\r\n\rX" + evil, "400 RFC 9112 §2.2"},
	{"CVE-2021-22959: space before the colon", post("Content-Length : 5", "hello"), "400 RFC 9112 §5.1"},
	{"CVE-2021-22960: extension hides LF", chunks("1;a\nb\r\nx\r\n0\r\n\r\n"), "POST / 400 RFC 9112 §7.1.1"},
	{"CVE-2020-8287: two codings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked-false", "0\r\n\r\n"), "400 RFC 9112 §6.1"},
	{"CVE-2019-15605: coding with white space", post("Transfer-Encoding: chunked x", "0\r\n\r\n"), "400 RFC 9112 §6.3"},

	// hyper and actix
	{"CVE-2021-32714: chunk size overflow", chunks("f0000000000000003\r\nabc\r\n0\r\n\r\n"), "POST / 400 RFC 9112 §7.1"},
	{"CVE-2021-32715: plus in the length", post("Content-Length: +3", "abc"), "400 RFC 9110 §8.6"},

	// Netty, fasthttp, Hertz, Pingora
	{"CVE-2026-33870 (Netty), CVE-2026-2332 (Jetty): CRLF in a quoted string", chunks("1;ext=\"val\r\nX\r\n0\r\n\r\n" + evil), "POST / 400 RFC 9110 §5.6.4"},
	{"CVE-2026-89044 (Netty): chunked, xchunked", post("Transfer-Encoding: chunked, xchunked", "0\r\n\r\n"), "400 RFC 9112 §6.1"},
	{"CVE-2026-50020 (Netty): controls before the request line", "\x00\x01" + evil, "400 RFC 9112 §3.1"},
	{"CVE-2025-58056 (Netty): LF ends a size line", chunks("2;a\nxx\r\n0\r\n\r\n"), "POST / 400 RFC 9112 §7.1.1"},
	{"CVE-2021-43797 (Netty): control before a field name", post("\x01Transfer-Encoding: chunked", "0\r\n\r\n"), "400 RFC 9110 §5.1"},
	{"CVE-2019-20444 (Netty): field without colon", post("X y\r\nContent-Length: 31", evil), "400 RFC 9112 §5.1"},
	{"fasthttp#1899: LF behind the size", chunks("5\n\r\nhello\r\n0\r\n\r\n"), "POST / 400 RFC 9112 §7.1"},
	{"fasthttp#2303: Transfer-Encoding twice", post("Transfer-Encoding: chunked\r\ntransfer-encoding: chunked", "0\r\n\r\n"), "400 RFC 9112 §6.1"},
	{"fasthttp#2330: HTTP/1.0 with both", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello", "400 RFC 9112 §6.1"},
	{"hertz#1490: identity, chunked", post("Transfer-Encoding: identity, chunked", "0\r\n\r\n"), "501 RFC 9112 §6.1"},
	{"CVE-2026-2833 (Pingora): Upgrade does not end the framing", post("Connection: Upgrade\r\nUpgrade: x\r\nContent-Length: 5", "hello"+evil), `POST / "hello", GET /evil "", idle`},

	// Gunicorn, aiohttp, Tornado, waitress, Twisted
	{"CVE-2024-1135: chunked, identity", post("Transfer-Encoding: chunked,identity", "0\r\n\r\n"), "400 RFC 9112 §6.1"},
	{"CVE-2024-6827: unknown coding", post("Transfer-Encoding: tchunked\r\nContent-Length: 5", "hello"), "400 RFC 9112 §6.3"},
	{"gunicorn#3087: ,chunked", post("Transfer-Encoding: ,chunked\r\nContent-Length: 5", "0\r\n\r\n"), "400 RFC 9112 §6.3"},
	{"Sec-WebSocket-Key1 brings no body (gunicorn 20.0.4)", "GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key1: x\r\n\r\n" + evil, `GET / "", GET /evil "", idle`},
	{"CVE-2023-47627: underscore in the chunk size", chunks("0_2e\r\n\r\n" + evil), "POST / 400 RFC 9112 §7.1"},
	{"CVE-2023-37276: LF in a value", post("X: y\n\rContent-Length: 31", evil), "400 RFC 9112 §2.2"},
	{"CVE-2024-52304: LF in an extension", chunks("4;abc\ndef\r\nasdf\r\n0\r\n\r\n"), "POST / 400 RFC 9112 §7.1.1"},
	{"http-garden (Tornado): white space of Unicode", post("Transfer-Encoding: \xa0chunked\x85", "0\r\n\r\n"), "400 RFC 9112 §6.3"},
	{"CVE-2019-16785 (waitress): LF ends a field", post("X: y\nTransfer-Encoding: chunked", "0\r\n\r\n"), "400 RFC 9112 §2.2"},
	{"CVE-2019-16786 (waitress): odd coding ignored", post("Transfer-Encoding: gzip, chunked\r\nContent-Length: 5", "hello"), "501 RFC 9112 §6.1"},
	{"CVE-2022-24761 (waitress): 0x chunk size", chunks("0x5\r\nhello\r\n0\r\n\r\n"), "POST / 400 RFC 9112 §7.1"},
	{"CVE-2022-24801 (Twisted): signed chunk size", chunks("+5\r\nhello\r\n0\r\n\r\n"), "POST / 400 RFC 9112 §7.1"},
	{"CVE-2024-41671 (Twisted): answers out of order", post("Content-Length: 0", evil), `POST / "", GET /evil "", idle`},

	// Apache, Tomcat, Jetty, Puma, HAProxy, Squid, nginx; the rest of http-garden's list
	{"CVE-2015-3183 (Apache): white space in a chunk line", chunks("5 \r\nhello\r\n0\r\n\r\n"), "POST / 400 RFC 9112 §7.1"},
	{"CVE-2021-33037 (Tomcat): identity, chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello", "400 RFC 9112 §6.3"},
	{"CVE-2023-46589 (Tomcat): trailer too large or odd", chunks("0\r\nX y\r\n\r\n"), "POST / 400 RFC 9112 §5.1"},
	{"CVE-2022-42252 (Tomcat): invalid length", post("Content-Length: 5x", "hello"), "400 RFC 9110 §8.6"},
	{"CVE-2017-7658 (Jetty): two lengths", post("Content-Length: 31\r\nContent-Length: 0", evil), "400 RFC 9112 §6.3"},
	{"CVE-2023-40167 (Jetty): plus in the length", post("Content-Length: +5", "hello"), "400 RFC 9110 §8.6"},
	{"CVE-2017-7657 (Jetty): chunk size overflow", chunks("100000000\r\n"), "POST /more"},
	{"CVE-2022-24790 (Puma): chunk size with garbage", chunks("5zz\r\nhello\r\n0\r\n\r\n"), "POST / 400 RFC 9112 §7.1"},
	{"CVE-2023-40175 (Puma): empty length", post("Content-Length:\r\nContent-Length: 5", "hello"), "400 RFC 9110 §8.6"},
	{"CVE-2023-40175 (Puma): trailers end the body", chunks("0\r\nX: y\r\n\r\n" + evil), `POST / "", GET /evil "", idle`},
	{"CVE-2021-40346 (HAProxy): overlong name", post("Content-Length0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:\r\nContent-Length: 5", "hello"+evil), `POST / "hello", GET /evil "", idle`},
	{"CVE-2023-25725 (HAProxy): empty name cuts the header", post(":\r\nContent-Length: 31", evil), "400 RFC 9112 §5.1"},
	{"CVE-2023-40225 (HAProxy): empty length", post("Content-Length: \r\nX: y", ""), "400 RFC 9110 §8.6"},
	{"CVE-2020-15810 (Squid): space before the colon", post("Transfer-Encoding\t: chunked", "0\r\n\r\n"), "400 RFC 9112 §5.1"},
	{"http-garden (aiohttp): LF in the request line", "GET /\nHTTP/1.1\r\n\r\n", "400 RFC 9112 §3"},
	{"CVE-2019-20372 (nginx): body with a final status", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok" + evil, `GET / "ok", GET /evil "", idle`},
	{"http-garden: CR in a value", post("X: va\rlue", ""), "400 RFC 9112 §2.2"},
	{"http-garden: LF ends the last chunk", chunks("0\n\r\n" + evil), "POST / 400 RFC 9112 §7.1"},
	{"http-garden: leading zero is not octal", post("Content-Length: 010", "0123456789"+evil), `POST / "0123456789", GET /evil "", idle`},
	{"http-garden: name over two lines", post("Transfer-\r\nEncoding: chunked", "0\r\n\r\n"), "400 RFC 9112 §5"},
	{"http-garden (libevent): version overflow", "GET / HTTP/4294967295.255\r\n\r\n", "400 RFC 9112 §2.3"},
	{"http-garden: any two octets end the body", chunks("0\r\nX:POST / HTTP/1.1\r\n\r\n"), `POST / "", idle`},
	{"http-garden: resynchronising behind a bad chunk", chunks("INVALID!!!\r\n" + evil), "POST / 400 RFC 9112 §7.1"},
	{"http-garden: any coding is chunked", post("Transfer-Encoding: blegh", "1\r\nZ\r\n0\r\n\r\n"), "400 RFC 9112 §6.3"},
	{"http-garden: white space before a chunk size", chunks("           0\r\n\r\n"), "POST / 400 RFC 9112 §7.1"},
	{"http-garden: extra CRLF before the last chunk", chunks("1\r\nx\r\n\r\n0\r\n\r\n"), `POST / 400 RFC 9112 §7.1`},
	{"http-garden: bare LF behind the data", chunks("a\r\n0123456789\n0\r\n\r\n"), `POST / 400 RFC 9112 §7.1`},
	{"http-garden: NUL cuts a value short", post("X: y\x00\r\nContent-Length: 5", "hello"), "400 RFC 9110 §5.5"},
	{"http-garden: negative length", post("Content-Length: -48", ""), "400 RFC 9110 §8.6"},
	{"Gunicorn: length with an inner space", post("Content-Length: 3 1", "xyz"), "400 RFC 9110 §8.6"},
	{"Gunicorn: length as a list", post("Content-Length: 5, 5", "hello"), "400 RFC 9110 §8.6"},
	{"missing last CRLF", chunks("5\r\nhello\r\n0\r\n" + evil), `POST / 400 RFC 9112 §5.1`},
}
