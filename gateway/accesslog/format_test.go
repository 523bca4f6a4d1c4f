package accesslog

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

var at = time.Date(2000, 10, 10, 13, 55, 36, 123456789, time.FixedZone("", -7*3600))

// sample is the exchange of the Common Log Format's own example.
func sample() *Entry {
	return &Entry{
		Request: &gateway.Request{
			Method: "GET", Target: "/app/apache_pb.gif?a=b", Root: "/app", Path: "/apache_pb.gif", Query: "a=b",
			Proto: "HTTP/1.0", Scheme: "http", Host: "example.org", Time: at,
			Remote: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4711},
			Local:  &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2), Port: 80},
			Header: gateway.Header{
				{Name: "Referer", Value: "http://www.example.com/start.html"},
				{Name: "User-Agent", Value: "Mozilla/4.08 [en] (Win98; I ;Nav)"},
				{Name: "authorization", Value: "basic ZnJhbms6c2VjcmV0"},
				{Name: "X-Odd_Name", Value: "odd"},
			},
		},
		Header:  gateway.Header{{Name: "Content-Type", Value: "image/gif"}, {Name: "X-Request-Id", Value: "r1"}},
		Route:   "/<path:name>",
		First:   1500 * time.Microsecond,
		Outcome: gateway.Outcome{Status: 200, Bytes: 2326, Duration: 2*time.Second + 3456*time.Microsecond},
	}
}

func render(t testing.TB, text string, e *Entry) string {
	t.Helper()
	f, err := compile(text, &clock{location: at.Location()})
	if err != nil {
		t.Fatal(err)
	}
	return string(f.append(nil, e))
}

func TestFormats(t *testing.T) {
	pid := strconv.Itoa(os.Getpid())
	for _, c := range []struct{ format, want string }{
		{Common, `127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /app/apache_pb.gif?a=b HTTP/1.0" 200 2326`},
		{Combined, `127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /app/apache_pb.gif?a=b HTTP/1.0" 200 2326 ` +
			`"http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"`},
		// Gunicorn's atoms, in the order of its documentation.
		{"%(h)s|%(l)s|%(u)s", "127.0.0.1|-|frank"},
		{"%(r)s|%(m)s|%(U)s|%(q)s|%(H)s", `GET\x20/app/apache_pb.gif?a=b\x20HTTP/1.0|GET|/app/apache_pb.gif|a=b|HTTP/1.0`},
		{"%(s)s|%(B)s|%(b)s", "200|2326|2326"},
		{`"%(f)s|%(a)s"`, `"http://www.example.com/start.html|Mozilla/4.08 [en] (Win98; I ;Nav)"`},
		{"%(T)s|%(M)s|%(D)s|%(L)s|%(p)s", "2|2003|2003456|2.003456|<" + pid + ">"},
		{"%({referer}i)s|%({X-Odd_Name}i)s|%({Nope}i)s", "http://www.example.com/start.html|odd|-"},
		{"%({content-type}o)s|%({Nope}o)s", "image/gif|-"},
		{"%({REQUEST_METHOD}e)s|%({SCRIPT_NAME}e)s|%({PATH_INFO}e)s|%({RAW_URI}e)s|%({QUERY_STRING}e)s", "GET|/app|/apache_pb.gif|/app/apache_pb.gif?a=b|a=b"},
		{"%({SERVER_PROTOCOL}e)s|%({wsgi.url_scheme}e)s|%({HTTP_REFERER}e)s", "HTTP/1.0|http|http://www.example.com/start.html"},
		{"%({REMOTE_ADDR}e)s|%({REMOTE_PORT}e)s|%({SERVER_NAME}e)s|%({SERVER_PORT}e)s|%({CONTENT_TYPE}e)s|%({CONTENT_LENGTH}e)s", "127.0.0.1|4711|127.0.0.2|80|-|-"},
		// Ours.
		{"%(route)s|%(first)s|%(host)s|%(scheme)s|%(peer)s", "/<path:name>|0.001500|example.org|http|127.0.0.1"},
		{"100%% %(m)s %%(m)s", "100% GET %(m)s"},
	} {
		if got := render(t, c.format, sample()); got != c.want+"\n" {
			t.Errorf("%s:\ngot  %swant %s", c.format, got, c.want)
		}
	}
}

func TestFormatsOfLittle(t *testing.T) {
	gone := &Entry{Request: &gateway.Request{Time: at, Remote: &net.UnixAddr{Net: "unix"}}, Line: "\x16\x03\x01\"", Outcome: gateway.Outcome{Status: 400}}
	for _, c := range []struct{ format, want string }{
		{Combined, `unix: - - [10/Oct/2000:13:55:36 -0700] "\x16\x03\x01\"" 400 - "-" "-"`},
		{"%(m)s%(U)s%(q)s%(H)s%(route)s%(host)s", "------"},
		{"%(B)s %(T)s %(L)s %({SERVER_PORT}e)s %({SERVER_NAME}e)s", "0 0 0.000000 - -"},
	} {
		if got := render(t, c.format, gone); got != c.want+"\n" {
			t.Errorf("%s:\ngot  %swant %s", c.format, got, c.want)
		}
	}
	unanswered := &Entry{Request: &gateway.Request{Time: at}, Outcome: gateway.Outcome{Aborted: true}}
	if got := render(t, "%(h)s %(s)s", unanswered); got != "- -\n" {
		t.Errorf("unanswered: %q", got)
	}
	proxied := sample()
	proxied.Request.Via = &gateway.Via{Remote: &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1)}}
	if got := render(t, "%(h)s %(peer)s", proxied); got != "127.0.0.1 10.0.0.1\n" {
		t.Errorf("proxied: %q", got)
	}
}

func TestMistakesInFormats(t *testing.T) {
	for _, format := range []string{
		"%h", "%(h)", "%(h)d", "%(x)s", "%()s", "%({a}x)s", "%({a)s", "%({}i)s", "%({a b}i)s", "%({NOPE}e)s", "%({HTTP_}e)s", "100%", "%({a}ii)s",
	} {
		if _, err := compile(format, new(clock)); err == nil {
			t.Errorf("%s is taken", format)
		}
	}
}

// What a client sends forges nothing: no line, no field, no quote, no control
// sequence, no later column.
func TestEscaping(t *testing.T) {
	for _, c := range []struct{ in, quoted, bare string }{
		{"", "-", "-"},
		{"plain", "plain", "plain"},
		{"a b", "a b", `a\x20b`},
		{`a"b\c`, `a\"b\\c`, `a\"b\\c`},
		{"a\r\n127.0.0.1 - admin", `a\x0d\x0a127.0.0.1 - admin`, `a\x0d\x0a127.0.0.1\x20-\x20admin`},
		{"\x1b[2J\x00\x7f\t", `\x1b[2J\x00\x7f\x09`, `\x1b[2J\x00\x7f\x09`},
		{"é\xff", `\xc3\xa9\xff`, `\xc3\xa9\xff`},
	} {
		if got := string((&piece{quoted: true}).escape(nil, c.in)); got != c.quoted {
			t.Errorf("%q in quotes: %s, want %s", c.in, got, c.quoted)
		}
		if got := string((&piece{}).escape(nil, c.in)); got != c.bare {
			t.Errorf("%q: %s, want %s", c.in, got, c.bare)
		}
	}
}

func FuzzLineIsOneLine(f *testing.F) {
	f.Add("GET", "/a b", "a\r\nb", "Basic ZnJhbms6c2VjcmV0", "\x16\x03")
	f.Add("", "\"", "\\", "Basic "+strings.Repeat("Z", 300), "")
	f.Fuzz(func(t *testing.T, method, target, agent, auth, refused string) {
		e := sample()
		e.Request.Method, e.Request.Target, e.Request.Path, e.Line = method, target, target, refused
		e.Request.Header = gateway.Header{{Name: "User-Agent", Value: agent}, {Name: "Authorization", Value: auth}}
		line := render(t, Combined+" %(U)s %(m)s", e)
		for i := range len(line) - 1 {
			if c := line[i]; c < ' ' || c > '~' {
				t.Fatalf("byte %#x in %q", c, line)
			}
		}
		fields, quoted := 1, false
		for i := 0; i < len(line); i++ {
			switch {
			case line[i] == '\\':
				i++
			case line[i] == '"':
				quoted = !quoted
			case line[i] == ' ' && !quoted:
				fields++
			}
		}
		if quoted || fields != 12 { // the time has a space of its own
			t.Fatalf("%d fields, inside quotes %v: %q", fields, quoted, line)
		}
		sameAsSlog(t, e)
	})
}

func TestJSONIsThatOfSlog(t *testing.T) {
	e := sample()
	sameAsSlog(t, e)
	e.Outcome.Aborted, e.Outcome.Err, e.Line = true, errors.New("broken <pipe> & \u2028\x7f"), "\x16\xff\"\\\b\f\n\r\t\x01é"
	sameAsSlog(t, e)
}

// sameAsSlog compares our object with that of the standard library's handler.
func sameAsSlog(t *testing.T, e *Entry) {
	t.Helper()
	var buf bytes.Buffer
	if err := handle(slog.NewJSONHandler(&buf, nil), e); err != nil {
		t.Fatal(err)
	}
	got := appendObject(nil, e, at.Location())
	if want := buf.String(); string(got) != want {
		t.Fatalf("got  %swant %s", got, want)
	}
	if !json.Valid(got) || bytes.Count(got, []byte("\n")) != 1 {
		t.Fatalf("no JSON on one line: %q", got)
	}
}

func TestAddDoesNotAllocate(t *testing.T) {
	for format, want := range map[string]float64{Common: 1, Combined: 1, JSON: 0, `%(h)s %(r)s %(L)s %({x-request-id}o)s`: 0} {
		log, err := New(Config{Writer: io.Discard, Format: format})
		if err != nil {
			t.Fatal(err)
		}
		e := sample()
		if got := testing.AllocsPerRun(1000, func() { log.Add(e) }); got > want {
			t.Errorf("%s: %v allocations, want %v: that of the user's name", format, got, want)
		}
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	for _, format := range []string{Common, Combined, JSON} {
		b.Run(format[:4], func(b *testing.B) {
			log, err := New(Config{Writer: io.Discard, Format: format})
			if err != nil {
				b.Fatal(err)
			}
			defer log.Close()
			e := sample()
			b.ReportAllocs()
			for b.Loop() {
				log.Add(e)
			}
		})
	}
}
