//go:build race || dewardebug

package client

// renewCost is the allocations of Exchange.Renew: with misuse detection on, an
// exchange is never used twice.
const renewCost = 1
