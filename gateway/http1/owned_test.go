package http1_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/http1"
)

// browser is the head of a browser's navigation: 12 fields, about 700 bytes. i
// makes it differ in target and last field.
func browser(i int) string {
	return fmt.Sprintf("GET /products/%d?page=2&sort=price HTTP/1.1\r\n"+
		"Host: shop.example.com\r\n"+
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n"+
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"+
		"Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"+
		"Accept-Encoding: gzip, deflate, br, zstd\r\n"+
		"Connection: keep-alive\r\n"+
		"Upgrade-Insecure-Requests: 1\r\n"+
		"Sec-Fetch-Dest: document\r\n"+
		"Sec-Fetch-Mode: navigate\r\n"+
		"Sec-Fetch-Site: same-origin\r\n"+
		"Referer: https://shop.example.com/products?page=1\r\n"+
		"Cookie: session=eyJ1c2VyIjo0Mn0.ZxYzAb.q1w2e3r4t5y6; theme=dark; consent=2026-11-22T08:00:00Z; cart=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b; n=%d\r\n\r\n", i, i)
}

// strs are all strings of a request.
func strs(r *gateway.Request) []string {
	all := []string{r.Method, r.Target, r.Proto, r.Host, r.Root, r.Path, r.Query}
	for _, f := range r.Header {
		all = append(all, f.Name, f.Value)
	}
	return all
}

// Ten thousand requests of few connections, whose heads vary, repeat, or repeat
// from the first field on, in one buffer each that is overwritten all the time:
// every string stays what it was.
func TestStringsStay(t *testing.T) {
	type kept struct {
		r    gateway.Request
		want []string
	}
	const n = 10_000
	var (
		all     []kept
		rnd     = rand.New(rand.NewPCG(1, 2))
		parsers [7]http1.Parser
		bufs    [len(parsers)][4096]byte
	)
	for i := range n {
		c := rnd.IntN(len(parsers))
		head := browser(rnd.IntN(3))
		switch rnd.IntN(4) {
		case 0:
			head = browser(i)
		case 1: // another line, the same fields
			line, fields, _ := strings.Cut(head, "\r\n")
			head = strings.Replace(line, "/products", fmt.Sprintf("/p%d", i), 1) + "\r\n" + fields
		}
		var r gateway.Request
		var m http1.Message
		cut := rnd.IntN(len(head))
		for _, part := range []int{cut, len(head)} {
			copy(bufs[c][:], head[:part])
			if _, err := parsers[c].Parse(bufs[c][:part], &r, &m); err != nil {
				t.Fatalf("%q: %v", head, err)
			}
			clear(bufs[c][:])
		}
		_ = append(r.Header, gateway.Field{Name: "appended", Value: "by the application"})
		fresh := strings.Clone(head) // an independent reading, on its own memory
		want, _, _, err := feed(new(http1.Parser), fresh)
		if err != nil {
			t.Fatal(err)
		}
		var owned []string
		for _, s := range strs(&want) {
			owned = append(owned, strings.Clone(s))
		}
		all = append(all, kept{r, owned})
	}
	for i := range all {
		if got := strs(&all[i].r); !slices.Equal(got, all[i].want) {
			t.Fatalf("request %d: got %q, want %q", i, got, all[i].want)
		}
	}
}

// Trailers own their memory as well.
func TestTrailersStay(t *testing.T) {
	var b http1.Body
	b.Reset(&chunked, nil)
	src := []byte("0\r\nA: b\r\n\r\n")
	b.Discard(src)
	clear(src)
	kept := b.Trailer()
	b.Reset(&chunked, nil)
	b.Discard([]byte("0\r\nX: y\r\n\r\n"))
	if got := fmt.Sprintf("%q", kept); got != `[{"A" "b"}]` {
		t.Errorf("got %s", got)
	}
}

func TestParseAllocations(t *testing.T) {
	var p http1.Parser
	var r gateway.Request
	var m http1.Message
	parse := func(head []byte) {
		if n, err := p.Parse(head, &r, &m); n != len(head) || err != nil {
			t.Fatal(n, err)
		}
	}
	var heads [256][]byte
	for i := range heads {
		heads[i] = []byte(browser(i))
	}
	i := 0
	for _, c := range []struct {
		name string
		most float64
		run  func()
	}{
		{"repeated head", 0, func() { parse(heads[0]) }},
		{"varying head", 0.5, func() { parse(heads[i%len(heads)]); i++ }},
	} {
		c.run()
		if raceEnabled {
			continue // sync.Pool drops at random there
		}
		const runs = 64 // AllocsPerRun rounds down, so measure many at once
		got := testing.AllocsPerRun(20, func() {
			for range runs {
				c.run()
			}
		}) / runs
		if got > c.most {
			t.Errorf("%s: %.2f allocations, want at most %.2f", c.name, got, c.most)
		}
	}
}

func TestBodyAllocations(t *testing.T) {
	src, dst := []byte("5;a=b\r\nhello\r\n0\r\n\r\n"), make([]byte, 100)
	var b http1.Body
	if got := testing.AllocsPerRun(100, func() {
		b.Reset(&chunked, nil)
		b.Decode(dst, src)
	}); got != 0 {
		t.Errorf("%.0f allocations, want 0", got)
	}
}

// Equal heads share their strings, whatever came between head and head.
func TestRepeatedHeadIsShared(t *testing.T) {
	var p http1.Parser
	a, _, _, _ := feed(&p, browser(1))
	b, _, _, _ := feed(&p, "\r\n"+browser(1))
	if &a.Header[0] != &b.Header[0] {
		t.Error("a repeated head has been parsed again")
	}
	c, _, _, _ := feed(&p, strings.Replace(browser(1), "/products", "/other", 1))
	if &a.Header[0] != &c.Header[0] || c.Path != "/other/1" {
		t.Error("a repeated header section has been parsed again")
	}
	p.Forget()
	d, _, _, _ := feed(&p, browser(1))
	if &a.Header[0] == &d.Header[0] || d.Path != a.Path {
		t.Error("a forgotten head is still there")
	}
}

// A header section is shared between request lines, but what it means depends on
// the line above it.
func TestRepeatedSectionIsJudgedAnew(t *testing.T) {
	for _, c := range []struct{ first, second, want string }{
		{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "gateway: 400"},
		{"GET / HTTP/1.0\r\nA: b\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\n\r\n", "gateway: 400"},
		{"GET http://x/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", `host="a"`},
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", "KeepAlive:false"},
		{"GET / HTTP/1.0\r\nExpect: x\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nExpect: x\r\nHost: a\r\n\r\n", "gateway: 417"},
	} {
		var p http1.Parser
		feed(&p, c.first)
		if got := result(feed(&p, c.second)); !strings.Contains(got, c.want) {
			t.Errorf("%q after %q: got %s, want %s in it", c.second, c.first, got, c.want)
		}
	}
}

// A fault is final until Reset.
func TestParserFaultStays(t *testing.T) {
	var p http1.Parser
	_, _, _, first := feed(&p, "x\x00")
	_, _, _, again := feed(&p, evil)
	if first == nil || first != again {
		t.Errorf("got %v, then %v", first, again)
	}
	p.Reset()
	if got := result(feed(&p, evil)); !strings.HasPrefix(got, "n=") {
		t.Errorf("after Reset: got %s", got)
	}
}

func TestIdle(t *testing.T) {
	var p http1.Parser
	for _, c := range []struct {
		in   string
		idle bool
	}{{"", true}, {"\r", true}, {"\r\n", true}, {"\r\nG", false}, {"\r\n" + evil, true}} {
		feed(&p, c.in)
		if p.Idle() != c.idle {
			t.Errorf("%q: Idle %v, want %v", c.in, p.Idle(), c.idle)
		}
	}
}
