package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"

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
	Columns []record.Peer
	Parts   []part
	Facts   [][2]string
	Apart   []string
	Peers   [][]string
	Method  []string
	Limits  []string
}

// A heatRow is a row of the overview.
type heatRow struct {
	Workload record.Workload
	Unit     string
	Cells    []heat
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
		Run: r, Facts: facts(r), Apart: differing(r.Repeats()), Peers: peers(r).rows, Method: method, Limits: limits,
	}
	p.Heats, p.Columns = heats(r)
	for _, load := range r.Workloads {
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

// heats is the overview: a row for each workload, since there are more of them
// than a page is wide, and a column for each server.
func heats(r *record.Run) (rows []heatRow, columns []record.Peer) {
	for _, p := range r.Peers {
		if p.Missing == "" && slices.ContainsFunc(r.Workloads, func(w record.Workload) bool { return p.Lacks[w.ID] == "" }) {
			columns = append(columns, p)
		}
	}
	for _, w := range r.Workloads {
		row := heatRow{Workload: w, Unit: r.Metric(w).Unit}
		cells := make(map[string]record.Cell)
		for _, c := range r.Cells(w) {
			cells[c.Peer.Name] = c
		}
		for _, p := range columns {
			h := heatOf(cells[p.Name])
			if lacks := p.Lacks[w.ID]; lacks != "" {
				h.Title = p.Title + " " + lacks
			}
			row.Cells = append(row.Cells, h)
		}
		rows = append(rows, row)
	}
	return rows, columns
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
	h.Ratio = ratio(c)
	// Half or twice is the full colour: beyond, the number says it.
	h.Strength = math.Round(100*min(math.Abs(math.Log2(c.Ratio.Value)), 1)) / 100
	h.Class = [...]string{"worse", "even", "better"}[c.Better()+1]
	return h
}
