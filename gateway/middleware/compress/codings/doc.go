// Package codings is the module of the content codings that need a library: brotli
// and zstd, each in a package below it.
package codings
