//go:build !race && !dewardebug

package framework

// detectMisuse is off: contexts are reused.
const detectMisuse = false
