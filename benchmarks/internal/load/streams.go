package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// runStreams runs the plan over HTTP/2: a goroutine for each connection, with as
// many streams open on each as the plan says. It is written on the frames, since
// an http.Transport would cost several times what the server does.
func runStreams(p Plan) (Result, error) {
	requests, err := fieldLists(p.Requests)
	if err != nil {
		return Result{}, err
	}
	talkers := make([]*streamer, p.Connections)
	for i := range talkers {
		if talkers[i], err = newStreamer(p, requests); err != nil {
			return Result{}, err
		}
	}
	start := time.Now()
	var all sync.WaitGroup
	for _, t := range talkers {
		all.Go(func() { t.run(start.Add(p.Duration)) })
	}
	all.Wait()
	elapsed := min(time.Since(start), p.Duration)
	sum := newAccount()
	for _, t := range talkers {
		sum.add(t.account)
	}
	return sum.result(elapsed), nil
}

// fieldLists turns requests of HTTP/1.1 into field lists of HTTP/2 (RFC 9113 §8.3).
func fieldLists(requests [][]byte) (lists [][]hpack.HeaderField, err error) {
	for _, raw := range requests {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil {
			return nil, fmt.Errorf("load: %w", err)
		}
		list := []hpack.HeaderField{
			{Name: ":method", Value: r.Method}, {Name: ":scheme", Value: "https"},
			{Name: ":authority", Value: r.Host}, {Name: ":path", Value: r.RequestURI},
		}
		for name, values := range r.Header {
			list = append(list, hpack.HeaderField{Name: strings.ToLower(name), Value: values[0]})
		}
		lists = append(lists, list)
	}
	return lists, nil
}

// A streamer is one connection of HTTP/2 and its goroutine, which ends with the
// plan.
type streamer struct {
	plan     Plan
	requests [][]hpack.HeaderField
	at       int
	conn     net.Conn
	in       *bufio.Reader
	out      *bufio.Writer
	framer   *http2.Framer
	encoder  *hpack.Encoder
	decoder  *hpack.Decoder
	block    bytes.Buffer // what the encoder wrote
	account  *account

	next    uint32 // stream
	open    map[uint32]*stream
	unacked uint32 // bytes of content for which the server has no new window yet
}

// A stream is a request that waits for its answer.
type stream struct {
	since  time.Time
	status int
}

// window is what each connection may receive before it has to be widened: more
// than the small answers of a round.
const window = 1 << 24

func newStreamer(p Plan, requests [][]hpack.HeaderField) (*streamer, error) {
	c, err := dial(p, http2.NextProtoTLS)
	if err != nil {
		return nil, err
	}
	t := &streamer{
		plan: p, requests: requests, conn: c, in: bufio.NewReaderSize(c, 64<<10), out: bufio.NewWriterSize(c, 64<<10),
		account: newAccount(), next: 1, open: make(map[uint32]*stream),
	}
	t.framer = http2.NewFramer(t.out, t.in)
	t.framer.SetReuseFrames()
	t.encoder = hpack.NewEncoder(&t.block)
	t.decoder = hpack.NewDecoder(4096, nil)
	_, err = t.out.WriteString(http2.ClientPreface)
	err = errors.Join(err, t.framer.WriteSettings(http2.Setting{ID: http2.SettingEnablePush, Val: 0}),
		t.framer.WriteWindowUpdate(0, window), t.out.Flush())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("load: %w", err), c.Close())
	}
	return t, nil
}

// run keeps the streams open until end and then waits for the answers to come.
func (t *streamer) run(end time.Time) {
	defer func() { _ = t.conn.Close() }()
	_ = t.conn.SetDeadline(end.Add(patience))
	for {
		for time.Now().Before(end) && len(t.open) < t.plan.Streams {
			if err := t.request(); err != nil {
				t.fail(err)
				return
			}
		}
		if len(t.open) == 0 {
			return
		}
		if err := t.answers(); err != nil {
			t.fail(err)
			return
		}
	}
}

// fail writes down that no open stream will be answered.
func (t *streamer) fail(err error) {
	for range max(len(t.open), 1) {
		t.account.failed(err.Error())
	}
}

func (t *streamer) request() error {
	t.block.Reset()
	for _, f := range t.requests[t.at] {
		if err := t.encoder.WriteField(f); err != nil {
			return err
		}
	}
	t.at = (t.at + 1) % len(t.requests)
	t.open[t.next] = &stream{since: time.Now()}
	err := t.framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: t.next, BlockFragment: t.block.Bytes(), EndStream: true, EndHeaders: true,
	})
	t.next += 2
	return err
}

// answers sends what was written and reads frames: one, and all that came with it.
func (t *streamer) answers() error {
	if err := t.out.Flush(); err != nil {
		return err
	}
	for {
		f, err := t.framer.ReadFrame()
		if err != nil {
			return err
		}
		if err := t.take(f); err != nil {
			return err
		}
		if t.in.Buffered() == 0 {
			return nil
		}
	}
}

func (t *streamer) take(f http2.Frame) error {
	switch f := f.(type) {
	case *http2.HeadersFrame:
		if !f.HeadersEnded() {
			return errors.New("load: a head in several frames, which no server of a benchmark should need")
		}
		return t.head(f)
	case *http2.DataFrame:
		return t.data(f)
	case *http2.SettingsFrame:
		if !f.IsAck() {
			return t.framer.WriteSettingsAck()
		}
	case *http2.PingFrame:
		if !f.IsAck() {
			return t.framer.WritePing(true, f.Data)
		}
	case *http2.RSTStreamFrame:
		delete(t.open, f.StreamID)
		t.account.failed("stream was reset: " + f.ErrCode.String())
	case *http2.GoAwayFrame:
		return errors.New("load: the server went away: " + f.ErrCode.String())
	}
	return nil
}

func (t *streamer) head(f *http2.HeadersFrame) error {
	s := t.open[f.StreamID]
	if s == nil {
		return errors.New("load: an answer that was not asked for")
	}
	t.decoder.SetEmitFunc(func(field hpack.HeaderField) {
		if field.Name == ":status" && len(field.Value) == 3 {
			s.status = int(field.Value[0]-'0')*100 + int(field.Value[1]-'0')*10 + int(field.Value[2]-'0')
		}
	})
	if _, err := t.decoder.Write(f.HeaderBlockFragment()); err != nil {
		return err
	}
	if err := t.decoder.Close(); err != nil {
		return err
	}
	if f.StreamEnded() {
		t.done(f.StreamID, s)
	}
	return nil
}

func (t *streamer) data(f *http2.DataFrame) error {
	s := t.open[f.StreamID]
	if s == nil {
		return errors.New("load: content that was not asked for")
	}
	if f.StreamEnded() {
		t.done(f.StreamID, s)
	}
	t.unacked += f.Length
	if t.unacked < window/2 {
		return nil
	}
	err := t.framer.WriteWindowUpdate(0, t.unacked)
	t.unacked = 0
	return err
}

func (t *streamer) done(id uint32, s *stream) {
	delete(t.open, id)
	t.account.answered(s.status, time.Since(s.since))
}
