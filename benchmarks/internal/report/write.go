package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dewar-go/dewar/benchmarks/internal/record"
)

// Write puts the report into folder: report.html, results.json with every sample,
// RESULTS.md, and a chart for each workload. It returns the names of the first
// three.
func Write(folder string, r *record.Run) ([]string, error) {
	var page, text bytes.Buffer
	if err := Page(&page, r); err != nil {
		return nil, err
	}
	if err := Markdown(&text, r); err != nil {
		return nil, err
	}
	samples, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	main := []string{"report.html", "results.json", "RESULTS.md"}
	contents := map[string][]byte{main[0]: page.Bytes(), main[1]: samples, main[2]: text.Bytes()}
	for _, w := range r.Workloads {
		contents[w.ID+".svg"] = []byte(chartOf(r, w).standalone(label(r, w)))
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	for name, content := range contents {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
	}
	for i, name := range main {
		main[i] = filepath.Join(folder, name)
	}
	return main, nil
}

// Read reads a run from the results.json that Write made.
func Read(name string) (*record.Run, error) {
	samples, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	r := new(record.Run)
	if err := json.Unmarshal(samples, r); err != nil {
		return nil, fmt.Errorf("report: %s: %w", name, err)
	}
	return r, nil
}
