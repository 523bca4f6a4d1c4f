package framework

import (
	"bufio"
	"context"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
)

// A TestResponse is an answer, and what the application did meanwhile.
type TestResponse struct {
	Status  int
	Header  gateway.Header // owned
	Body    []byte         // owned; as it came, whatever its Content-Encoding
	Trailer gateway.Header // owned
	Aborted bool           // cut off: Body is not the whole answer
	URL     string         // that was asked for, the last one of several

	History []*TestResponse // redirects that were followed, in order

	Templates []Rendering // that were rendered; Data is as the handler left it
	Flashes   []Flash     // that were flashed
	Err       error       // that became 500, or a panic
	Endpoint  string      // that answered; "" where no rule matched

	// Context has what the request kept under Keys, as it was at the end: the user, say,
	// by currentUser.Value(r.Context). It is what Flask preserves of the context; where
	// middleware has answered instead of the application, it is empty.
	Context context.Context

	t      TB
	method string
	forget func()
	mu     sync.Mutex // guards what is recorded, until the answer is whole
}

// take makes what came the response's.
func (r *TestResponse) take(result *client.Result) {
	r.Status, r.Header, r.Body, r.Trailer, r.Aborted = result.Status, result.Header, result.Body, result.Trailer, result.Aborted
}

// Text returns the body.
func (r *TestResponse) Text() string { return string(r.Body) }

// Is fails the test unless the status is that, and returns r.
func (r *TestResponse) Is(status int) *TestResponse {
	r.t.Helper()
	if r.Status != status {
		r.t.Errorf("framework: %s %s: status %d, want %d; the answer is %s", r.method, r.URL, r.Status, status, excerpt(r.Body))
	}
	return r
}

// JSON decodes the body into what v points to, as encoding/json does, and returns
// r. It fails the test where the answer is no JSON.
func (r *TestResponse) JSON(v any) *TestResponse {
	r.t.Helper()
	media, _, _ := strings.Cut(r.Header.Value("Content-Type"), ";")
	media = strings.ToLower(strings.TrimSpace(media))
	if media != jsonType && !strings.HasSuffix(media, "+json") {
		r.t.Errorf("framework: %s %s: the answer is %q and no JSON: %s", r.method, r.URL, media, excerpt(r.Body))
	} else if err := (StdJSON{}).Unmarshal(r.Body, v); err != nil {
		r.t.Errorf("framework: %s %s: %v in %s", r.method, r.URL, err, excerpt(r.Body))
	}
	return r
}

// excerpt shows the beginning of a body.
func excerpt(body []byte) string {
	const most = 300
	if len(body) > most {
		return strconv.Quote(string(body[:most])) + "..."
	}
	return strconv.Quote(string(body))
}

// A TestStream is an answer that is read as it comes. The end of the test closes it.
type TestStream struct {
	Status int
	Header gateway.Header // owned

	t      TB
	call   client.Call
	result *client.Result
	lines  *bufio.Scanner
}

// Read reads the content: io.EOF at the end of a whole answer, an error that wraps
// client.ErrTruncated where it was cut off. Together with Event it would miss what
// that has read ahead.
func (s *TestStream) Read(p []byte) (int, error) { return s.call.Read(p) }

// Trailer returns the fields that followed the content, once Read has returned
// io.EOF.
func (s *TestStream) Trailer() gateway.Header { return s.result.Trailer }

// Close goes away, as a visitor who closes the page.
func (s *TestStream) Close() { s.call.Close() }

// A ServerEvent is one message of a stream of server-sent events (WHATWG HTML §9.2).
type ServerEvent struct {
	Name  string // "message" where the server gave none
	Data  string
	ID    string        // of the event
	Retry time.Duration // 0 where the server gave none
}

// maxEvent bounds a line of an event in bytes.
const maxEvent = 1 << 20

// Event waits for the next event of a text/event-stream; io.EOF at the end.
func (s *TestStream) Event() (ServerEvent, error) {
	if s.lines == nil {
		s.lines = bufio.NewScanner(s)
		s.lines.Buffer(nil, maxEvent)
	}
	e := ServerEvent{Name: "message"}
	var data []string
	for s.lines.Scan() {
		line := s.lines.Text()
		if line == "" && data != nil {
			e.Data = strings.Join(data, "\n")
			return e, nil
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "event":
			e.Name = value
		case "data":
			data = append(data, value)
		case "id":
			e.ID = value
		case "retry":
			ms, _ := strconv.Atoi(value)
			e.Retry = time.Duration(ms) * time.Millisecond
		}
	}
	if err := s.lines.Err(); err != nil {
		return ServerEvent{}, err
	}
	return ServerEvent{}, io.EOF
}
