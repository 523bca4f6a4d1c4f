package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"

	"github.com/dewar-go/dewar/benchmarks/internal/record"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// A page is what page.html shows.
type page struct {
	Style   template.CSS
	Won     bool
	Verdict string
	Losses  []string
	Run     *record.Run
	Heats   []heatRow
	Columns []record.Workload
	Units   []string
	Parts   []part
	Facts   [][2]string
	Peers   [][]string
	Method  []string
	Limits  []string
}

// A heatRow is a row of the overview.
type heatRow struct {
	Title, Kind string
	Reference   bool
	Cells       []heat
}

// A heat is one cell of the overview: how much better or worse Dewar is.
type heat struct {
	Figure, Ratio string
	Class         string  // better, worse, even or none
	Strength      float64 // of the colour: 0 to 1
	Title         string
}

// A part is one workload.
type part struct {
	ID, Heading, Setting, Metric string
	Chart                        template.HTML
	Head                         []string
	Rows                         []detail
	Notes                        []string
}

type detail struct {
	Reference bool
	Cells     []string
}

// Page writes the report as one HTML page that needs nothing else. w is borrowed
// until it returns.
func Page(w io.Writer, r *record.Run) error {
	title, losses := verdict(r)
	p := page{
		Style: template.CSS(pageStyle + barStyle), Verdict: title, Losses: losses, Won: r.Compared() && len(losses) == 0,
		Run: r, Columns: r.Workloads, Heats: heats(r), Facts: facts(r), Peers: peers(r).rows, Method: method, Limits: limits,
	}
	for _, load := range r.Workloads {
		p.Units = append(p.Units, r.Metric(load).Unit)
		p.Parts = append(p.Parts, partOf(r, load))
	}
	if err := pageTemplate.Execute(w, p); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func partOf(r *record.Run, w record.Workload) part {
	t, notes := details(r, w)
	p := part{
		ID: w.ID, Heading: heading(w), Setting: setting(w), Metric: r.Metric(w).Name, Head: t.heading, Notes: notes,
		Chart: template.HTML(chartOf(r, w).svg(label(r, w))), // every text in it is escaped there
	}
	reference := ""
	for _, one := range r.Peers {
		if one.Name == record.Reference {
			reference = one.Title
		}
	}
	for _, cells := range t.rows {
		p.Rows = append(p.Rows, detail{cells[0] == reference, cells})
	}
	return p
}

func label(r *record.Run, w record.Workload) string {
	return heading(w) + ": " + r.Metric(w).Name + " of each server"
}

func heats(r *record.Run) []heatRow {
	cells := make(map[[2]string]record.Cell)
	for _, w := range r.Workloads {
		for _, c := range r.Cells(w) {
			cells[[2]string{c.Peer.Name, w.ID}] = c
		}
	}
	var rows []heatRow
	for _, p := range r.Peers {
		if p.Missing != "" {
			continue
		}
		took := false
		row := heatRow{Title: p.Title, Kind: p.Kind, Reference: p.Name == record.Reference}
		for _, w := range r.Workloads {
			c, measured := cells[[2]string{p.Name, w.ID}]
			h := heatOf(c)
			took = took || measured
			if !measured {
				h.Title = p.Title + " " + p.Lacks[w.ID]
			}
			row.Cells = append(row.Cells, h)
		}
		if took {
			rows = append(rows, row)
		}
	}
	return rows
}

func heatOf(c record.Cell) heat {
	h := heat{Figure: c.Value.Format(), Class: "none"}
	if !c.Value.Ok() {
		return h
	}
	h.Title = fmt.Sprintf("%s, %s: %s from %s to %s", c.Peer.Title, c.Workload.ID, c.Value.Format(), record.Figure(c.Value.Low), record.Figure(c.Value.High))
	if c.Peer.Name == record.Reference || c.Peer.Kind == record.Floor || !c.Ratio.Ok() || c.Ratio.Value <= 0 {
		return h
	}
	h.Ratio = record.Figure(c.Ratio.Value)
	// Half or twice is the full colour: beyond, the number says it.
	h.Strength = math.Round(100*min(math.Abs(math.Log2(c.Ratio.Value)), 1)) / 100
	switch {
	case math.Abs(c.Ratio.Value-1) <= record.Tolerance:
		h.Class = "even"
	case c.Ratio.Value < 1:
		h.Class = "better"
	default:
		h.Class = "worse"
	}
	return h
}
