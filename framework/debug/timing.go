package debug

import (
	"strconv"
	"strings"
	"time"
)

// maxMetrics bounds the Server-Timing field: browsers take more, proxies may not.
const maxMetrics = 24

// serverTiming is the value of the Server-Timing field (W3C Server Timing), which the
// browser's own tools show: how long each stage took until the answer began, each
// without what ran inside of it, so that they add up to the total.
//
//	routing;dur=0.012;desc="/notes/<int:id>", handler;dur=3.4;desc="note", total;dur=4.1
func serverTiming(t *Trace, now time.Duration) string {
	var b strings.Builder
	for i, s := range t.Spans {
		if i == maxMetrics {
			break
		}
		end := s.End
		if end < 0 {
			end = now
		}
		own := end - s.Start
		for _, inside := range t.Spans[i+1:] {
			if inside.Depth <= s.Depth || inside.Start >= end {
				break
			}
			if inside.Depth == s.Depth+1 {
				until := inside.End
				if until < 0 {
					until = now
				}
				own -= until - inside.Start
			}
		}
		metric(&b, s.Kind, own, s.Name)
		b.WriteString(", ")
	}
	metric(&b, "total", now, "until the answer began")
	return b.String()
}

func metric(b *strings.Builder, name string, d time.Duration, description string) {
	b.WriteString(name + ";dur=" + strconv.FormatFloat(float64(max(d, 0).Microseconds())/1000, 'f', 3, 64))
	b.WriteString(`;desc="`)
	for _, c := range []byte(description[:min(len(description), 80)]) {
		if c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
			b.WriteByte(c)
		} else {
			b.WriteByte('?') // a quoted string of ASCII needs no escapes (RFC 9110 §5.6.4)
		}
	}
	b.WriteByte('"')
}
