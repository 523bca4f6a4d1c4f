package load

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/proc"
)

// As wrk 4.1.0 prints it with the script.
const wrkOutput = `Running 1s test @ http://127.0.0.1:8080/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   533.23us  265.62us   9.73ms   96.45%
    Req/Sec   119.86k     5.30k  128.31k    81.82%
  130897 requests in 1.10s, 16.10MB read
Requests/sec: 119018.83
Transfer/sec:     14.64MB
RESULT {"requests":130897,"microseconds":1099801,"connect":0,"read":2,"write":0,"status":7,"timeout":1,"p50":502,"p99":1180,"p999":4242}
`

func TestParseWrk(t *testing.T) {
	got, err := parseWrk(wrkOutput)
	if err != nil {
		t.Fatal(err)
	}
	want := Result{
		Requests: 130890, Errors: 10, Elapsed: 1099801 * time.Microsecond,
		P50: 502 * time.Microsecond, P99: 1180 * time.Microsecond, P999: 4242 * time.Microsecond,
		Example: "wrk: 0 connect, 2 read, 0 write, 7 status, 1 timeout",
	}
	if got != want {
		t.Errorf("parseWrk = %+v,\nwant %+v", got, want)
	}
	for _, out := range []string{"", "unable to connect to 127.0.0.1:8080 Connection refused\n", wrkMark + "{\n"} {
		if _, err := parseWrk(out); err == nil {
			t.Errorf("parseWrk(%q) found a result", out)
		}
	}
}

func TestWrkScriptQuotesTheRequests(t *testing.T) {
	script := wrkScript(Plan{Requests: [][]byte{[]byte("GET / HTTP/1.1\r\nA: \"é\\\r\n\r\n")}, Pipeline: 2})
	const request = `GET / HTTP/1.1\013\010A: \034\195\169\092\013\010\013\010`
	if want := `"` + request + request + `"`; !strings.Contains(script, want) {
		t.Errorf("script lacks %s:\n%s", want, script)
	}
}

// wrk is asked for a fraction of a second by an interruption: what it prints then
// is whole, and so is the time.
func TestWrkRunsForAFractionOfASecond(t *testing.T) {
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		t.Log("wrk is not installed: the suite runs without it")
		return
	}
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	got, err := Generator{Wrk: wrk, Core: proc.Anywhere}.Run(t.Context(), Plan{
		Address: s.Listener.Addr().String(), Requests: [][]byte{[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")},
		Connections: 4, Pipeline: 1, Duration: shortest,
	})
	if err != nil || got.Requests == 0 || got.Errors > 0 || got.P50 == 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got.Elapsed >= time.Second {
		t.Errorf("it ran for %v, was asked for %v", got.Elapsed, shortest)
	}
}
