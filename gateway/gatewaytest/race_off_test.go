//go:build !race && !dewardebug

package gatewaytest

const renewCost = 0
