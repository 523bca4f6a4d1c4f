package load

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// wrk runs the plan with wrk: one thread, and a script that hands out the plan's
// requests and prints the result.
func (g Generator) wrk(ctx context.Context, p Plan) (Result, error) {
	script, err := os.CreateTemp("", "wrk-*.lua")
	if err != nil {
		return Result{}, fmt.Errorf("load: %w", err)
	}
	defer os.Remove(script.Name())
	_, err = script.WriteString(wrkScript(p))
	if closed := script.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return Result{}, fmt.Errorf("load: %w", err)
	}
	scheme := "http://"
	if p.TLS {
		scheme = "https://"
	}
	// wrk knows only whole seconds. Interrupted, it ends in order and prints what it
	// has, with the time that it took.
	seconds, end := p.Duration/time.Second, time.Duration(0)
	if p.Duration%time.Second != 0 {
		seconds, end = seconds+1, p.Duration
	}
	cmd := exec.CommandContext(ctx, g.Wrk, "--threads", "1", "--connections", strconv.Itoa(p.Connections),
		"--duration", strconv.Itoa(int(seconds))+"s", "--timeout", "10s", "--script", script.Name(), scheme+p.Address+"/")
	out, err := g.output(cmd, end)
	if err != nil {
		return Result{}, err
	}
	return parseWrk(string(out))
}

// wrkScript is the Lua side: request hands out the batches in turn, done prints
// one line of JSON that begins with wrkMark.
func wrkScript(p Plan) string {
	s := newSupply(p, 0)
	var b strings.Builder
	b.WriteString("local batches = {\n")
	for range s.batches {
		b.WriteString(luaString(s.next()))
		b.WriteString(",\n")
	}
	b.WriteString(`}
local at = 0
function request()
  at = at % #batches + 1
  return batches[at]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '` + wrkMark + `{"requests":%d,"microseconds":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d,"p50":%d,"p99":%d,"p999":%d}\n',
    summary.requests, summary.duration, e.connect, e.read, e.write, e.status, e.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
`)
	return b.String()
}

// luaString quotes p: every byte that is not plain ASCII as \ddd.
func luaString(p []byte) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range p {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			fmt.Fprintf(&b, `\%03d`, c)
		} else {
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

const wrkMark = "RESULT "

// parseWrk finds the script's line in what wrk printed.
func parseWrk(out string) (Result, error) {
	for line := range strings.Lines(out) {
		text, ok := strings.CutPrefix(line, wrkMark)
		if !ok {
			continue
		}
		var w struct {
			Requests, Microseconds, Connect, Read, Write, Status, Timeout uint64
			P50, P99, P999                                                int64
		}
		if err := json.Unmarshal([]byte(text), &w); err != nil {
			return Result{}, fmt.Errorf("load: line of wrk's script: %w: %q", err, line)
		}
		r := Result{
			// wrk counts an answer with another status among the requests too.
			Requests: w.Requests - min(w.Status, w.Requests),
			Errors:   w.Connect + w.Read + w.Write + w.Status + w.Timeout,
			Elapsed:  time.Duration(w.Microseconds) * time.Microsecond,
			P50:      time.Duration(w.P50) * time.Microsecond,
			P99:      time.Duration(w.P99) * time.Microsecond,
			P999:     time.Duration(w.P999) * time.Microsecond,
		}
		if r.Errors > 0 {
			r.Example = fmt.Sprintf("wrk: %d connect, %d read, %d write, %d status, %d timeout", w.Connect, w.Read, w.Write, w.Status, w.Timeout)
		}
		return r, nil
	}
	return Result{}, fmt.Errorf("load: wrk printed no result: %q", out)
}
