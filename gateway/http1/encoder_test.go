package http1_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/http1"
)

// An Encoder writes what AppendHead does, whatever it wrote before: heads that repeat in
// whole, in part, or look alike and are not.
func TestEncoderWritesWhatAppendHeadDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(n int) int { return random.IntN(n) }
	names := []string{"A", "B", "Date", "Upgrade", "Connection", "Content-Length", "Transfer-Encoding", "Set-Cookie"}
	values := []string{"", "1", "2", "close", strings.Repeat("v", 200), strings.Repeat("w", 600)}
	dates := [][]byte{nil, []byte("Date: one\r\n"), []byte("Date: two\r\n"), []byte("Date: one\r\n")}
	statuses := []int{200, 200, 204, 304, 404, 299, 700}
	framings := []http1.Framing{http1.None, http1.Fixed, http1.Chunked, http1.ToClose}

	var e http1.Encoder
	var h http1.Head
	repeated := 0
	for i := range 50000 {
		if pick(2) == 0 {
			h = http1.Head{Status: statuses[pick(len(statuses))], Date: dates[pick(len(dates))]}
			for range pick(11) {
				name, value := names[pick(len(names))], values[pick(len(values))]
				if pick(4) == 0 {
					name, value = strings.Clone(name), strings.Clone(value)
				}
				h.Header = append(h.Header, gateway.Field{Name: name, Value: value})
			}
		} else {
			repeated++
			if n := len(h.Header); n > 0 && pick(3) == 0 {
				h.Header = h.Header.Clone()
				h.Header[pick(n)].Value = values[pick(len(values))]
			}
		}
		h.Body, h.Length = framings[pick(len(framings))], int64(pick(3))*999
		h.Minor, h.KeepAlive = pick(2), pick(2) == 0
		want := http1.AppendHead([]byte("before"), &h)
		if got := e.AppendHead([]byte("before"), &h); !bytes.Equal(got, want) {
			t.Fatalf("head %d, %+v:\n%s\nwant\n%s", i, h, got, want)
		}
	}
	if repeated < 20000 {
		t.Errorf("%d heads repeated the one before", repeated)
	}
}

// What an Encoder remembers is its own memory: the caller's may change.
func TestEncoderKeepsItsOwnBytes(t *testing.T) {
	var e http1.Encoder
	h := http1.Head{Status: 200, Minor: 1, KeepAlive: true, Header: fields("A", "1")}
	first := e.AppendHead(nil, &h)
	want := string(first)
	clear(first[:cap(first)])
	if got := string(e.AppendHead(nil, &h)); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestEncoderAllocatesNothing(t *testing.T) {
	var e http1.Encoder
	buf := make([]byte, 0, 1024)
	heads := []http1.Head{
		{Status: 200, Body: http1.Fixed, Length: 5, Header: fields("A", "1")},
		{Status: 404, Body: http1.Fixed, Length: 5, Header: fields("A", "2", "B", "3")},
	}
	e.AppendHead(buf, &heads[0])
	if n := testing.AllocsPerRun(100, func() {
		for i := range heads {
			e.AppendHead(buf, &heads[i])
			e.AppendHead(buf, &heads[i])
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
