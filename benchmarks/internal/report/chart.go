package report

import (
	"fmt"
	"html"
	"strings"

	"github.com/dewar-go/dewar/benchmarks/internal/record"
)

// A chart is the bars of one workload: the median of each peer, the best at the
// top, with a line over the interval of its median.
type chart struct {
	unit string
	bars []bar
}

type bar struct {
	title, kind string
	reference   bool
	value       record.Median
}

func chartOf(r *record.Run, w record.Workload) chart {
	c := chart{unit: r.Metric(w).Unit}
	for _, cell := range r.Cells(w) {
		if cell.Value.Ok() {
			c.bars = append(c.bars, bar{cell.Peer.Title, cell.Peer.Kind, cell.Peer.Name == record.Reference, cell.Value})
		}
	}
	return c
}

// The measures of a chart, in its own units: it scales to the page's width.
const (
	chartWidth = 760
	labelWidth = 172
	valueWidth = 84
	barHeight  = 16
	barStep    = 25
)

// scale is the value at the right end. Servers of another class, ten times as
// slow, would press all others together: their bars are cut there.
func (c chart) scale() float64 {
	var own, all float64
	for _, b := range c.bars {
		all = max(all, b.value.High)
		if b.kind != record.Installed {
			own = max(own, b.value.High)
		}
	}
	if own == 0 {
		own = all
	}
	return max(min(all, 1.25*own), 1e-9)
}

// svg draws the chart. Its colours are classes, which the page or chartStyle
// defines. A label says in words what the picture shows.
func (c chart) svg(label string) string {
	var b strings.Builder
	height := barStep*len(c.bars) + 6
	fmt.Fprintf(&b, `<svg class="chart" viewBox="0 0 %d %d" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg">`,
		chartWidth, height, html.EscapeString(label))
	for i, bar := range c.bars {
		c.draw(&b, bar, 3+barStep*i)
	}
	b.WriteString("</svg>")
	return b.String()
}

func (c chart) draw(b *strings.Builder, bar bar, y int) {
	const room = chartWidth - labelWidth - valueWidth
	at := func(v float64) float64 { return labelWidth + room*min(max(v, 0)/c.scale(), 1) }
	middle := float64(y) + barHeight/2
	end := at(bar.value.Value)
	class := bar.kind
	if bar.reference {
		class += " reference"
	}
	fmt.Fprintf(b, `<g class="%s"><text class="label" x="%d" y="%.1f">%s</text>`,
		html.EscapeString(class), labelWidth-10, middle+4.5, html.EscapeString(bar.title))
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="%d" rx="2"/>`, labelWidth, y, max(end-labelWidth, 1), barHeight)
	text := end
	if bar.value.Value > c.scale() {
		fmt.Fprintf(b, `<path class="cut" d="M%.1f %d l-7 %d l7 %d l-7 %d"/>`, end-8, y-1, 6, 6, 6)
	} else {
		low, high := at(bar.value.Low), at(bar.value.High)
		fmt.Fprintf(b, `<path class="span" d="M%.1f %.1f H%.1f"/>`, low, middle, high)
		text = max(end, high)
	}
	fmt.Fprintf(b, `<text class="value" x="%.1f" y="%.1f">%s %s</text></g>`, text+7, middle+4.5, bar.value.Format(), html.EscapeString(c.unit))
}

// standalone is the chart as a file of its own, with its style inside.
func (c chart) standalone(label string) string {
	svg := c.svg(label)
	end := strings.IndexByte(svg, '>') + 1
	return svg[:end] + "<style>" + chartStyle + "</style>" + svg[end:] + "\n"
}

const chartStyle = `
:root{--ink:#22302f;--soft:#5f6f6d;--dewar:#0d7d74;--go:#8fa6b8;--installed:#c9b88f;--floor:#d5d9d6;--paper:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e4ebe9;--soft:#9fb0ad;--dewar:#35b9ab;--go:#5c7689;--installed:#7d7049;--floor:#414a48;--paper:#151b1c}}
svg{font:13px system-ui,sans-serif;background:var(--paper)}` + barStyle

// barStyle is what a chart needs of a page that defines the colours.
const barStyle = `
.chart .label{text-anchor:end;fill:var(--ink)}
.chart .value{fill:var(--soft);font-variant-numeric:tabular-nums}
.chart .reference text{font-weight:650;fill:var(--ink)}
.chart .dewar rect{fill:var(--dewar);opacity:.6}
.chart .reference rect{opacity:1}
.chart .go rect,.chart [class~=library] rect{fill:var(--go)}
.chart .installed rect{fill:var(--installed)}
.chart .floor rect{fill:var(--floor)}
.chart .span{stroke:var(--ink);stroke-width:1.5;opacity:.55}
.chart .cut{stroke:var(--paper);stroke-width:3;fill:none}
`
