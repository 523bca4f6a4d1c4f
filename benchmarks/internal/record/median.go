package record

import (
	"fmt"
	"math"
	"slices"
)

// A Median is the middle of several measurements of one thing, and the interval in
// which the true one lies.
//
// The interval needs no assumption on how measurements are distributed. Each lies
// below the true median as often as above it, like a coin that is tossed: so the
// true median lies outside of the lowest and the highest of n only where all tosses
// fall alike, with a chance of 2/2ⁿ, and outside of the second and the last but one
// with 2(1+n)/2ⁿ, and so on. With eight measurements the second and the seventh hold
// it with 93 %: one hiccup of the machine is none of the cell. With
// fewer than five even the whole range holds it with less than 90 %.
type Median struct {
	Value     float64
	Low, High float64 // the interval
	N         int     // measurements; 0: there is no value
}

// confidence is what the interval holds the true median with, where there are
// measurements enough.
const confidence = 0.92

// outside is how many of n measurements the interval leaves out at each end.
func outside(n int) int {
	each := math.Pow(0.5, float64(n)) // chance of one row of n tosses
	ways := 1.0                       // that n tosses fall one way k times
	chance := each                    // that they do so at most k times
	for k := 0; ; k++ {
		ways *= float64(n-k) / float64(k+1)
		chance += ways * each
		if 2*chance > 1-confidence {
			return k
		}
	}
}

// MedianOf returns the median of the values, which stay as they are.
func MedianOf(values []float64) Median {
	if len(values) == 0 {
		return Median{}
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	trim := outside(n)
	return Median{
		Value: (sorted[(n-1)/2] + sorted[n/2]) / 2,
		Low:   sorted[trim], High: sorted[n-1-trim],
		N: n,
	}
}

// Spread is the width of the interval, relative to the median.
func (m Median) Spread() float64 {
	if m.Value == 0 {
		return 0
	}
	return (m.High - m.Low) / m.Value
}

// Tolerance is how far two runs may differ in one figure. An interval that is wider
// makes the figure noisy: another run could fall anywhere in it.
const Tolerance = 0.10

// Level is how much one figure must be ahead of another to be called better. So
// much comes of where a linker happens to put a loop, and no number of rounds tells.
const Level = 0.02

// Noisy reports whether the interval is too wide for a conclusion, or whether there
// was but one measurement, so that nobody knows.
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
