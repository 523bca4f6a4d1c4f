//go:build !race && !dewardebug

package server_test

const misuseIsDetected = false
