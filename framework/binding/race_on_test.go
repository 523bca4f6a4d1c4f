//go:build race

package binding

const raced = true
