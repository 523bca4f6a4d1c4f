// Package semantics reads and writes the values of HTTP's fields and answers what
// they mean: which representation a client prefers (RFC 9110 §12), whether a
// condition holds (§13), which bytes were asked for (§14), what a cache may do (RFC
// 9111), who the client says it is (RFC 9110 §11).
//
// # The law
//
// Nothing here does I/O or keeps state: values in, values out, safe for concurrent
// use. Strings that are returned are the caller's, or parts of those that were
// given. A field that a client sends is read leniently where every reading means the
// same, and counts as absent where the RFC lets a server ignore it; a field that is
// written here is valid.
//
//	switch semantics.Evaluate(&x.Request, validators) {
//	case 304:
//		...
//	}
package semantics
