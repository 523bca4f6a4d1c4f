//go:build race || dewardebug

package framework

// detectMisuse keeps contexts from being reused, so that one that is used after
// its request is always found out.
const detectMisuse = true
