package attack

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// A victim is the server that is attacked. Its handler counts how many of it run.
type victim struct {
	t       *testing.T
	addr    net.Addr
	started chan net.Addr

	running, most, served atomic.Int64
	hold                  chan struct{} // /hold waits until it is closed
	ended                 chan error    // of /large, when writing failed
}

func (v *victim) Startup(_ context.Context, s gateway.ServerInfo) error {
	v.started <- s.Addrs[0]
	return nil
}
func (v *victim) Shutdown(context.Context) error { return nil }

func (v *victim) Serve(x *gateway.Exchange) error {
	n := v.running.Add(1)
	defer v.running.Add(-1)
	for most := v.most.Load(); n > most && !v.most.CompareAndSwap(most, n); most = v.most.Load() {
	}
	v.served.Add(1)
	switch x.Request.Path {
	case "/hold":
		select {
		case <-v.hold:
		case <-x.Context().Done():
		}
	case "/stubborn": // heeds nothing, as handlers may
		<-v.hold
	case "/large":
		_, err := x.Write(make([]byte, 1<<20))
		if err == nil {
			err = x.Flush()
		}
		v.ended <- err
		return err
	}
	_, err := x.WriteString("alive")
	return err
}

// start serves HTTP/2 without TLS; an attacker needs none.
func start(t *testing.T, c server.Config) *victim {
	t.Helper()
	v := &victim{t: t, started: make(chan net.Addr, 1), hold: make(chan struct{}), ended: make(chan error, 1)}
	c.Addr, c.UnencryptedHTTP2, c.Grace = "127.0.0.1:0", true, 5*time.Second
	c.Error = func(_ *gateway.Request, err error) { t.Errorf("fault: %v", err) }
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.New(c).Serve(ctx, v) }()
	v.addr = <-v.started
	t.Cleanup(func() {
		v.release()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return v
}

func (v *victim) release() {
	select {
	case <-v.hold:
	default:
		close(v.hold)
	}
}

// lives fails unless another client is served.
func (v *victim) lives() {
	v.t.Helper()
	a := v.attacker()
	defer a.Close()
	a.request(1, "/", nil)
	for {
		f := a.next()
		if h, ok := f.(*http2.MetaHeadersFrame); ok && h.StreamID == 1 {
			if status := h.PseudoValue("status"); status != "200" {
				v.t.Fatalf("another client got %s", status)
			}
			return
		}
	}
}

// An attacker is a connection of HTTP/2 in the hands of somebody who knows no rules.
type attacker struct {
	net.Conn
	*http2.Framer
	t      *testing.T
	heads  *hpack.Encoder
	block  bytes.Buffer
	server map[http2.SettingID]uint32 // what the server has announced
}

// attacker connects, and exchanges settings: RFC 9113 §3.4.
func (v *victim) attacker(settings ...http2.Setting) *attacker {
	v.t.Helper()
	conn, err := net.Dial(v.addr.Network(), v.addr.String())
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	a := &attacker{Conn: conn, Framer: http2.NewFramer(conn, conn), t: v.t, server: map[http2.SettingID]uint32{}}
	a.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	a.AllowIllegalWrites = true
	a.heads = hpack.NewEncoder(&a.block)
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		v.t.Fatal(err)
	}
	if err := a.WriteSettings(settings...); err != nil {
		v.t.Fatal(err)
	}
	for acknowledged := false; !acknowledged; {
		f, ok := a.next().(*http2.SettingsFrame)
		if !ok {
			continue
		}
		if acknowledged = f.IsAck(); !acknowledged {
			_ = f.ForeachSetting(func(s http2.Setting) error { a.server[s.ID] = s.Val; return nil })
			if err := a.WriteSettingsAck(); err != nil {
				v.t.Fatal(err)
			}
		}
	}
	return a
}

// next reads a frame, which must come.
func (a *attacker) next() http2.Frame {
	a.t.Helper()
	f, err := a.ReadFrame()
	if err != nil {
		a.t.Fatalf("reading a frame: %v", err)
	}
	return f
}

// head encodes a request's head.
func (a *attacker) head(path string, fields map[string]string) []byte {
	a.block.Reset()
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "x"}, {":path", path}} {
		_ = a.heads.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	for name, value := range fields {
		_ = a.heads.WriteField(hpack.HeaderField{Name: name, Value: value})
	}
	return a.block.Bytes()
}

// request sends a whole request; heads beyond a frame go on in CONTINUATION.
func (a *attacker) request(stream uint32, path string, fields map[string]string) error {
	const most = 16 << 10
	block := a.head(path, fields)
	first := block[:min(len(block), most)]
	block = block[len(first):]
	err := a.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: first, EndStream: true, EndHeaders: len(block) == 0})
	for err == nil && len(block) > 0 {
		part := block[:min(len(block), most)]
		block = block[len(part):]
		err = a.WriteContinuation(stream, len(block) == 0, part)
	}
	return err
}

// makesReset opens a stream and has the server reset it: RFC 9113 §6.9.1.
func (a *attacker) makesReset(stream uint32) error {
	if err := a.request(stream, "/stubborn", nil); err != nil {
		return err
	}
	return a.WriteWindowUpdate(stream, 1<<31-1) // beyond the largest window
}

// reads reads until the server ends the connection, and gives the code of its GOAWAY.
func (a *attacker) reads() <-chan http2.ErrCode {
	ended := make(chan http2.ErrCode, 1)
	go func() { // ends with the connection, which has a deadline
		var code http2.ErrCode
		for {
			f, err := a.ReadFrame()
			if g, ok := f.(*http2.GoAwayFrame); ok {
				code = g.ErrCode
			}
			if err != nil {
				ended <- code
				return
			}
		}
	}()
	return ended
}

// flood sends until the server has ended the connection or n were sent.
func (a *attacker) flood(n int, send func(i int) error) (sent int) {
	for i := range n {
		if send(i) != nil {
			return i
		}
	}
	return n
}

// RFC 9113 §5.1.2: as many streams as announced, and not one more.
func TestStreams(t *testing.T) {
	const most = 5
	v := start(t, server.Config{Streams: most})
	a := v.attacker()
	if got := a.server[http2.SettingMaxConcurrentStreams]; got != most {
		t.Errorf("SETTINGS_MAX_CONCURRENT_STREAMS is %d, want %d", got, most)
	}
	for i := range uint32(most) {
		if err := a.request(2*i+1, "/hold", nil); err != nil {
			t.Fatal(err)
		}
	}
	for v.running.Load() < most {
		time.Sleep(time.Millisecond)
	}
	if err := a.request(2*most+1, "/hold", nil); err != nil {
		t.Fatal(err)
	}
	for {
		f := a.next()
		if r, ok := f.(*http2.RSTStreamFrame); ok && r.StreamID == 2*most+1 {
			break
		}
		if g, ok := f.(*http2.GoAwayFrame); ok {
			t.Logf("GOAWAY %v", g.ErrCode) // §5.1.2 allows it as well
			break
		}
	}
	if got := v.most.Load(); got != most {
		t.Errorf("%d handlers ran at once, want %d", got, most)
	}
	v.lives()
}

func TestStreamsByDefault(t *testing.T) {
	a := start(t, server.Config{}).attacker()
	if got := a.server[http2.SettingMaxConcurrentStreams]; got != 100 {
		t.Errorf("SETTINGS_MAX_CONCURRENT_STREAMS is %d, want 100", got)
	}
	if got, told := a.server[http2.SettingMaxFrameSize]; told && got != 16<<10 {
		t.Errorf("SETTINGS_MAX_FRAME_SIZE is %d, want 16 KiB", got)
	}
}

// CVE-2023-44487: streams that are reset as soon as they are open, and whose handlers do
// not notice, run no more handlers than there may be streams.
func TestRapidReset(t *testing.T) {
	v := start(t, server.Config{Streams: 20})
	a := v.attacker()
	ended := a.reads()
	a.flood(100_000, func(i int) error {
		stream := uint32(2*i + 1)
		if err := a.request(stream, "/stubborn", nil); err != nil {
			return err
		}
		return a.WriteRSTStream(stream, http2.ErrCodeCancel)
	})
	if code := <-ended; code != http2.ErrCodeEnhanceYourCalm {
		t.Errorf("the connection ended with %v, want ENHANCE_YOUR_CALM", code)
	}
	if most := v.most.Load(); most > 20 {
		t.Errorf("%d handlers ran at once, want 20 at most", most)
	}
	v.lives()
}

// CVE-2025-8671 ("made you reset"): the attacker makes the server reset the streams itself,
// each before it opens the next.
func TestMadeYouReset(t *testing.T) {
	v := start(t, server.Config{Streams: 20})
	a := v.attacker()
	code := http2.ErrCodeNo
	a.flood(100_000, func(i int) error {
		if err := a.makesReset(uint32(2*i + 1)); err != nil {
			return err
		}
		for {
			switch f := a.next().(type) {
			case *http2.RSTStreamFrame:
				return nil
			case *http2.GoAwayFrame:
				code = f.ErrCode
				return http2.ConnectionError(code)
			}
		}
	})
	if code != http2.ErrCodeEnhanceYourCalm {
		t.Errorf("the connection ended with %v, want ENHANCE_YOUR_CALM", code)
	}
	if most := v.most.Load(); most > 20 {
		t.Errorf("%d handlers ran at once, want 20 at most", most)
	}
	v.lives()
}

// The same without waiting. The server may find that its own resets pile up before that many
// streams were open, and then closes without a word: nobody reads what it says.
func TestMadeYouResetFlood(t *testing.T) {
	v := start(t, server.Config{Streams: 20})
	a := v.attacker()
	ended := a.reads()
	const most = 1 << 20
	sent := a.flood(most, func(i int) error { return a.makesReset(uint32(2*i + 1)) })
	if sent == most {
		t.Errorf("%d streams could be opened and reset", sent)
	}
	<-ended
	if most := v.most.Load(); most > 20 {
		t.Errorf("%d handlers ran at once, want 20 at most", most)
	}
	v.lives()
}

// CVE-2024-27316, CVE-2023-45288: a head that never ends.
func TestContinuationFlood(t *testing.T) {
	for name, field := range map[string]string{
		"literals": "\x00\x01a\x7f\x81\x7c" + strings.Repeat("x", 16000), // a field of 16,000 bytes, whole in each frame
		"indexed":  strings.Repeat("\x82", 16000),                        // :method GET, again and again
	} {
		t.Run(name, func(t *testing.T) {
			v := start(t, server.Config{})
			a := v.attacker()
			if err := a.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: a.head("/", nil), EndStream: true}); err != nil {
				t.Fatal(err)
			}
			ended := a.reads()
			a.flood(1<<20, func(int) error { return a.WriteContinuation(1, false, []byte(field)) })
			if code := <-ended; code != http2.ErrCodeProtocol && code != http2.ErrCodeEnhanceYourCalm {
				t.Errorf("the connection ended with %v", code)
			}
			if n := v.served.Load(); n > 0 {
				t.Errorf("%d requests were served", n)
			}
			v.lives()
		})
	}
}

// RFC 9113 §10.5.1: a section is as large as announced, and not much larger.
func TestHeaderListSize(t *testing.T) {
	v := start(t, server.Config{})
	a := v.attacker()
	limit := int(a.server[http2.SettingMaxHeaderListSize])
	if limit < 64<<10 || limit > 128<<10 {
		t.Errorf("SETTINGS_MAX_HEADER_LIST_SIZE is %d, want the 64 KiB of the limits and a little more", limit)
	}
	fields := func(n int) map[string]string { // n fields of 4 KiB
		m := map[string]string{}
		for i := range n {
			m[fmt.Sprintf("x-%d", i)] = strings.Repeat("x", 4000)
		}
		return m
	}
	for _, test := range []struct {
		fields int
		status string // "": the connection ends without an answer
	}{{14, "200"}, {18, "431"}, {60, ""}} {
		const stream = 1
		a := v.attacker()
		_ = a.request(stream, "/", fields(test.fields)) // fails where the connection ends meanwhile
		got := ""
		for got == "" {
			f, err := a.ReadFrame()
			if err != nil {
				break
			}
			if h, ok := f.(*http2.MetaHeadersFrame); ok && h.StreamID == stream {
				got = h.PseudoValue("status")
			}
		}
		if got != test.status {
			t.Errorf("%d fields of 4 KB: %q, want %q", test.fields, got, test.status)
		}
	}
	v.lives()
}

// A small head may stand for a large one: a field in the table of HPACK, named many times
// (RFC 7541 §7.3).
func TestHPACKBomb(t *testing.T) {
	v := start(t, server.Config{})
	a := v.attacker()
	block := append([]byte(nil), a.head("/", nil)...)
	_ = a.heads.WriteField(hpack.HeaderField{Name: "x", Value: strings.Repeat("x", 3000)})
	block = append([]byte(nil), a.block.Bytes()...)
	block = append(block, bytes.Repeat([]byte{0xbe}, 12000)...) // index 62, the newest entry: 36 MB
	if err := a.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block, EndStream: true, EndHeaders: true}); err != nil {
		t.Fatal(err)
	}
	for {
		f, err := a.ReadFrame()
		if err != nil {
			break // the connection ended: a bomb is no mistake
		}
		if h, ok := f.(*http2.MetaHeadersFrame); ok {
			if got := h.PseudoValue("status"); got != "431" {
				t.Errorf("got %s, want 431", got)
			}
			break
		}
	}
	if n := v.served.Load(); n > 0 {
		t.Errorf("%d requests were served", n)
	}
	v.lives()
}

// CVE-2019-9512: answers are kept for who does not read them, but not without end.
func TestPingFlood(t *testing.T) {
	v := start(t, server.Config{})
	a := v.attacker()
	const most = 5_000_000
	sent := a.flood(most, func(int) error { return a.WritePing(false, [8]byte{}) })
	if sent == most {
		t.Errorf("%d frames were taken, and no answer was read", sent)
	}
	v.lives()
}

// A head that comes in frames of nothing is no request, and does not keep the connection
// beyond the time of an idle one.
func TestEmptyContinuations(t *testing.T) {
	v := start(t, server.Config{IdleTimeout: 300 * time.Millisecond})
	a := v.attacker()
	if err := a.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: a.head("/", nil), EndStream: true}); err != nil {
		t.Fatal(err)
	}
	ended := a.reads()
	for a.WriteContinuation(1, false, nil) == nil {
		// until the server ends the connection, or the deadline of this one comes
	}
	<-ended
	if n := v.served.Load(); n > 0 {
		t.Errorf("%d requests were served", n)
	}
	v.lives()
}

// CVE-2019-9517, CVE-2019-9511: a client that asks for much and takes nothing is given up.
func TestWindowThatStaysShut(t *testing.T) {
	v := start(t, server.Config{WriteTimeout: 200 * time.Millisecond})
	a := v.attacker(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	if err := a.request(1, "/large", nil); err != nil {
		t.Fatal(err)
	}
	if err := <-v.ended; !errors.Is(err, gateway.ErrGone) {
		t.Errorf("writing gave %v, want ErrGone", err)
	}
	v.lives()
}

// Frames that ask for nothing, or for one answer to all of them: other clients are served
// meanwhile, and nothing is kept (CVE-2019-9518: empty DATA; CVE-2019-9515: SETTINGS; RFC
// 9113 §5.5: unknown types).
func TestIdleFrames(t *testing.T) {
	for name, send := range map[string]func(a *attacker) error{
		"empty DATA": func(a *attacker) error { return a.WriteData(1, false, nil) },
		"SETTINGS":   func(a *attacker) error { return a.WriteSettings() },
		"unknown":    func(a *attacker) error { return a.WriteRawFrame(0xf0, 0, 0, nil) },
		"PRIORITY":   func(a *attacker) error { return a.WritePriority(1, http2.PriorityParam{StreamDep: 3}) },
	} {
		t.Run(name, func(t *testing.T) {
			v := start(t, server.Config{})
			a := v.attacker()
			if err := a.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: a.head("/hold", nil), EndHeaders: true}); err != nil {
				t.Fatal(err)
			}
			before := heap()
			var flooding sync.WaitGroup
			flooding.Go(func() { a.flood(200_000, func(int) error { return send(a) }) })
			for range 10 {
				v.lives()
			}
			flooding.Wait()
			if grown := heap() - before; grown > 8<<20 {
				t.Errorf("%d bytes are kept after 200,000 frames", grown)
			}
			a.Close()
		})
	}
}

// heap is how many bytes are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What holds without TLS holds with it: the limits are announced there also.
func TestLimitsAreAnnouncedOverTLS(t *testing.T) {
	certificate, err := server.AdHoc()
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{t: t, started: make(chan net.Addr, 1)}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- server.New(server.Config{Addr: "127.0.0.1:0", Streams: 7, TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}}).Serve(ctx, v)
	}()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	roots := x509.NewCertPool()
	roots.AddCert(certificate.Leaf)
	conn, err := tls.Dial("tcp", (<-v.started).String(), &tls.Config{RootCAs: roots, ServerName: "localhost", NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	framer := http2.NewFramer(conn, conn)
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	f, err := framer.ReadFrame()
	if err != nil {
		t.Fatal(err)
	}
	settings, ok := f.(*http2.SettingsFrame)
	if !ok {
		t.Fatalf("the first frame is %v, want SETTINGS (RFC 9113 §3.4)", f)
	}
	if got, _ := settings.Value(http2.SettingMaxConcurrentStreams); got != 7 {
		t.Errorf("SETTINGS_MAX_CONCURRENT_STREAMS is %d, want 7", got)
	}
}
