package record

import (
	"fmt"
	"slices"
)

// A Median is the middle of several measurements of one thing, and how far they
// lie apart.
type Median struct {
	Value     float64
	Low, High float64
	N         int // measurements; 0: there is no value
}

// MedianOf returns the median of the values, which stay as they are.
func MedianOf(values []float64) Median {
	if len(values) == 0 {
		return Median{}
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	// From five on, the lowest and the highest are left out of the span, as the
	// median ignores them too: one hiccup of the machine is not noise of the cell.
	trim := 0
	if n >= 5 {
		trim = 1
	}
	return Median{
		Value: (sorted[(n-1)/2] + sorted[n/2]) / 2,
		Low:   sorted[trim], High: sorted[n-1-trim],
		N: n,
	}
}

// Spread is the span between low and high, relative to the median.
func (m Median) Spread() float64 {
	if m.Value == 0 {
		return 0
	}
	return (m.High - m.Low) / m.Value
}

// Tolerance is how far two medians of one thing may differ: a spread beyond it
// makes a cell noisy.
const Tolerance = 0.10

// Noisy reports whether the measurements lie too far apart for a conclusion, or
// whether there was but one, so that nobody knows.
func (m Median) Noisy() bool { return m.N == 1 || m.Spread() > Tolerance }

// Ok reports whether there is a value.
func (m Median) Ok() bool { return m.N > 0 }

// Format is the value with the precision that it deserves, three digits, and a
// tilde behind it where it is noisy; "–" without a value.
func (m Median) Format() string {
	if !m.Ok() {
		return "–"
	}
	if m.Noisy() {
		return Figure(m.Value) + "~"
	}
	return Figure(m.Value)
}

// Figure prints a number with three digits, more where they stand before the
// point.
func Figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
