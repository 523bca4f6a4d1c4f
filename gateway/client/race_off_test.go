//go:build !race && !dewardebug

package client

const renewCost = 0
