package server

import (
	"strconv"

	"github.com/dewar-go/dewar/gateway"
)

// Handler answers every request with the counters in Prometheus's text format 0.0.4.
// An application mounts it where only its operators come, or a second server with an
// address of its own serves it.
func (c *Counters) Handler() gateway.Handler {
	return gateway.HandlerFunc(func(x *gateway.Exchange) error {
		if m := x.Request.Method; m != "GET" && m != "HEAD" {
			x.Response.Header.Set("Allow", "GET, HEAD")
			x.Response.Status = 405
			return nil
		}
		s := c.Stats()
		x.Response.Header.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		x.Response.Header.Set("Cache-Control", "no-store")
		x.Response.Body = s.AppendPrometheus(nil)
		return nil
	})
}

// AppendPrometheus appends s in Prometheus's text format 0.0.4: base units, _total for
// what only grows, and every series also while it is 0.
func (s *Stats) AppendPrometheus(b []byte) []byte {
	t := exposition{b}
	t.counter("dewar_connections_accepted_total", "Connections that were accepted.", s.Accepted)
	t.head("dewar_connections", "Open connections by what they do.", "gauge")
	for _, state := range [...]struct {
		name string
		n    int
	}{{"idle", s.Idle}, {"active", s.Active}, {"http2", s.HTTP2}, {"hijacked", s.Hijacked}} {
		t.sample("dewar_connections", `state="`+state.name+`"`, strconv.Itoa(state.n))
	}
	t.gauge("dewar_requests_in_flight", "Requests that are being read or answered.", s.InFlight)
	t.gauge("dewar_requests_queued", "Requests that wait because too many are in flight.", s.Queued)
	t.head("dewar_requests_total", "Requests that ended, by the class of their status.", "counter")
	for class, name := range [classes]string{0: "none", 2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"} {
		if name != "" {
			t.sample("dewar_requests_total", `class="`+name+`"`, strconv.FormatUint(s.Requests[class], 10))
		}
	}
	t.counter("dewar_requests_refused_total", "Requests that could not be read.", s.Refused)
	t.counter("dewar_requests_shed_total", "Requests answered with 503 because too many were in flight.", s.Shed)
	t.counter("dewar_received_bytes_total", "Bytes that clients sent.", s.Received)
	t.counter("dewar_sent_bytes_total", "Bytes that clients were sent.", s.Sent)
	t.histogram("dewar_request_duration_seconds", "Time from a request's head to its answer.", &s.Duration)
	return t.text
}

// An exposition is text in Prometheus's format as it grows.
type exposition struct{ text []byte }

func (t *exposition) head(name, help, kind string) {
	t.text = append(t.text, "# HELP "+name+" "+help+"\n# TYPE "+name+" "+kind+"\n"...)
}

func (t *exposition) sample(name, labels, value string) {
	t.text = append(t.text, name...)
	if labels != "" {
		t.text = append(t.text, "{"+labels+"}"...)
	}
	t.text = append(t.text, " "+value+"\n"...)
}

func (t *exposition) counter(name, help string, n uint64) {
	t.head(name, help, "counter")
	t.sample(name, "", strconv.FormatUint(n, 10))
}

func (t *exposition) gauge(name, help string, n int) {
	t.head(name, help, "gauge")
	t.sample(name, "", strconv.Itoa(n))
}

// histogram has cumulative buckets, as the format wants them.
func (t *exposition) histogram(name, help string, h *Histogram) {
	t.head(name, help, "histogram")
	n := uint64(0)
	for i, bound := range h.Bounds {
		n += h.Counts[i]
		t.sample(name+"_bucket", `le="`+seconds(bound.Seconds())+`"`, strconv.FormatUint(n, 10))
	}
	total := strconv.FormatUint(h.Count(), 10)
	t.sample(name+"_bucket", `le="+Inf"`, total)
	t.sample(name+"_sum", "", seconds(h.Sum.Seconds()))
	t.sample(name+"_count", "", total)
}

func seconds(f float64) string {
	return strconv.FormatFloat(f, 'g', -1, 64)
}
