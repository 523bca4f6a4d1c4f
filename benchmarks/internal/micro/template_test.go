package micro

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTemplateEnginesAgree holds that all engines write the same page, escapes
// spelt alike.
func TestTemplateEnginesAgree(t *testing.T) {
	alike := strings.NewReplacer("&quot;", "&#34;", "&#x27;", "&#39;")
	for page, d := range templatePages {
		var want bytes.Buffer
		for _, name := range engineNames() {
			write, err := engines[name](page, d)
			if err != nil {
				t.Errorf("%s at %s: %v", name, page, err)
				continue
			}
			var b bytes.Buffer
			for range 2 { // much is kept from the first time
				b.Reset()
				if err := write(&b); err != nil {
					t.Errorf("%s at %s: %v", name, page, err)
				}
			}
			if name == "hand" {
				want = b
			} else if got := alike.Replace(b.String()); got != want.String() {
				t.Errorf("%s at %s:\n got %.1500s\nwant %.1500s", name, page, got, want.String())
			}
		}
	}
}

// engineNames begins with the renderer by hand, which is the measure.
func engineNames() []string {
	return []string{"hand", "dewar", "jet", "pongo2", "html", "gonja"}
}

// BenchmarkTemplates measures each engine alone, for benchstat.
func BenchmarkTemplates(b *testing.B) {
	for _, page := range []string{"fortunes", "table", "layout"} {
		for _, name := range engineNames() {
			b.Run("page="+page+"/engine="+name, func(b *testing.B) {
				write, err := engines[name](page, templatePages[page])
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if err := write(io.Discard); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkTemplateRatios prints how much time each engine takes for each page,
// as a multiple of the renderer by hand and of Dewar: the median of rounds and,
// in brackets, the least and the most of them. In a round every engine has its
// turn, so that what else the machine does hits all of them.
//
//	go test -C benchmarks ./internal/micro -run '^$' -bench TemplateRatios -benchtime 1x
func BenchmarkTemplateRatios(b *testing.B) {
	for _, page := range []string{"fortunes", "table", "layout"} {
		b.Run(page, func(b *testing.B) {
			for b.Loop() {
				b.Log("\n" + ratios(b, page))
			}
		})
	}
}

const (
	ratioRounds = 21
	ratioTurn   = 15 * time.Millisecond
)

// ratios is the table for one page.
func ratios(b *testing.B, page string) string {
	writes := map[string]render{}
	for _, name := range engineNames() {
		write, err := engines[name](page, templatePages[page])
		if err != nil {
			b.Fatal(err)
		}
		turn(b, write, time.Millisecond)
		writes[name] = write
	}
	times := map[string][]float64{}
	for range ratioRounds {
		for name, write := range writes {
			times[name] = append(times[name], turn(b, write, ratioTurn))
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%-9s %-7s %10s  %-22s %s\n", page, "", "µs", "× hand", "× dewar")
	for _, name := range engineNames() {
		fmt.Fprintf(&out, "%-9s %-7s %10.2f  %-22s %s\n", "", name, median(times[name])/1e3,
			spread(times[name], times["hand"]), spread(times[name], times["dewar"]))
	}
	return out.String()
}

// turn gives the nanoseconds of one call, over about a duration of them.
func turn(b *testing.B, write render, d time.Duration) float64 {
	n := 0
	start := time.Now()
	for time.Since(start) < d {
		for range 8 {
			if err := write(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
		n += 8
	}
	return float64(time.Since(start).Nanoseconds()) / float64(n)
}

func median(of []float64) float64 {
	sorted := slices.SortedFunc(slices.Values(of), cmp.Compare[float64])
	return sorted[len(sorted)/2]
}

// spread is the ratio of a to b, round by round.
func spread(a, b []float64) string {
	r := make([]float64, len(a))
	for i := range a {
		r[i] = a[i] / b[i]
	}
	return fmt.Sprintf("%.2f [%.2f..%.2f]", median(r), slices.Min(r), slices.Max(r))
}
