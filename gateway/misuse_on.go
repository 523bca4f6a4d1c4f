//go:build race || dewardebug

package gateway

// detectMisuse makes an exchange that is used after its handler returned panic,
// and keeps exchanges from being reused, so that no such use goes unseen.
const detectMisuse = true
