//go:build race || dewardebug

package framework_test

const misuseDetected = true
