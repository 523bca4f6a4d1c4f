//go:build !race && !dewardebug

package gateway

// detectMisuse is off: exchanges are reused by their connection.
const detectMisuse = false
