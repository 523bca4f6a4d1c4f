package load

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// generators are both forms of the own generator; on Linux they differ.
var generators = map[string]func(Plan) (Result, error){"native": runNative, "goroutines": runGoroutines}

func TestRunCountsWhatTheServerAnswered(t *testing.T) {
	for name, run := range generators {
		for _, c := range []struct {
			name     string
			pipeline int
			rate     float64
			closes   bool
		}{
			{"saturated", 1, 0, false},
			{"pipelined", 16, 0, false},
			{"fixed rate", 1, 2000, false},
			{"the server closes after each", 1, 0, true},
		} {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				var served atomic.Uint64
				s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					served.Add(1)
					if c.closes {
						w.Header().Set("Connection", "close")
					}
					_, _ = io.WriteString(w, r.URL.Path)
				}))
				defer s.Close()
				got, err := run(Plan{
					Address:  s.Listener.Addr().String(),
					Requests: [][]byte{[]byte("GET /a HTTP/1.1\r\nHost: x\r\n\r\n"), []byte("GET /bb HTTP/1.1\r\nHost: x\r\n\r\n")},
					Rate:     c.rate, Connections: 8, Pipeline: c.pipeline, Duration: 100 * time.Millisecond,
				})
				if err != nil || got.Errors > 0 {
					t.Fatalf("%+v, %v", got, err)
				}
				if got.Requests == 0 || got.Requests != served.Load() {
					t.Errorf("%d requests counted, the server answered %d", got.Requests, served.Load())
				}
				if got.P50 <= 0 || got.P50 > got.P99 || got.P99 > got.P999 {
					t.Errorf("percentiles are not in order: %+v", got)
				}
				if most := uint64(c.rate/10) + 1; c.rate > 0 && got.Requests > most {
					t.Errorf("%d requests, the rate allows %d", got.Requests, most)
				}
			})
		}
	}
}

func TestRunCountsErrors(t *testing.T) {
	for name, run := range generators {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.NotFoundHandler())
			plan := Plan{
				Address: s.Listener.Addr().String(), Requests: [][]byte{[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")},
				Connections: 2, Pipeline: 1, Duration: 20 * time.Millisecond,
			}
			got, err := run(plan)
			if err != nil || got.Requests > 0 || got.Errors == 0 || got.Example != "status 404" {
				t.Errorf("404 everywhere: %+v, %v", got, err)
			}
			s.Close()
			if got, err := run(plan); err == nil {
				t.Errorf("nobody listens: %+v, want an error", got)
			}
		})
	}
}

// What was due while no connection was free is missed, not forgotten.
func TestFixedRateCountsWhatItMissed(t *testing.T) {
	for name, run := range generators {
		t.Run(name, func(t *testing.T) {
			release := make(chan struct{})
			s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
			defer s.Close()
			time.AfterFunc(150*time.Millisecond, func() { close(release) })
			got, err := run(Plan{
				Address: s.Listener.Addr().String(), Requests: [][]byte{[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")},
				Connections: 2, Pipeline: 1, Rate: 1000, Duration: 100 * time.Millisecond,
			})
			if err != nil || got.Requests != 2 || got.Missed < 90 {
				t.Errorf("%+v, %v; want 2 requests and the others missed", got, err)
			}
		})
	}
}

func TestRunOverTLS(t *testing.T) {
	for _, streams := range []int{0, 10} {
		var served, second atomic.Uint64
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			served.Add(1)
			if r.ProtoMajor == 2 {
				second.Add(1)
			}
			_, _ = io.WriteString(w, "hello")
		}))
		s.EnableHTTP2 = true
		s.StartTLS()
		got, err := Run(Plan{
			Address: s.Listener.Addr().String(), Requests: [][]byte{[]byte("GET / HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n")},
			Connections: 4, Pipeline: 1, TLS: true, Streams: streams, Duration: 100 * time.Millisecond,
		})
		s.Close()
		if err != nil || got.Errors > 0 || got.Requests == 0 || got.Requests != served.Load() {
			t.Errorf("%d streams: %+v, %v; the server answered %d", streams, got, err, served.Load())
		}
		if (second.Load() > 0) != (streams > 0) {
			t.Errorf("%d streams: %d requests were HTTP/2", streams, second.Load())
		}
	}
}

func TestRunRefusesImpossiblePlans(t *testing.T) {
	right := Plan{Address: "127.0.0.1:1", Requests: [][]byte{nil}, Connections: 1, Pipeline: 1, Duration: 1}
	for name, change := range map[string]func(*Plan){
		"no requests":       func(p *Plan) { p.Requests = nil },
		"no connections":    func(p *Plan) { p.Connections = 0 },
		"no pipeline":       func(p *Plan) { p.Pipeline = 0 },
		"no duration":       func(p *Plan) { p.Duration = 0 },
		"streams, no TLS":   func(p *Plan) { p.Streams = 1 },
		"streams at a rate": func(p *Plan) { p.TLS, p.Streams, p.Rate = true, 1, 1 },
	} {
		p := right
		change(&p)
		if err := p.validate(); err == nil {
			t.Errorf("%s: the plan was taken", name)
		}
	}
	if err := right.validate(); err != nil {
		t.Error(err)
	}
}
