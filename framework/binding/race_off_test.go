//go:build !race

package binding

const raced = false
