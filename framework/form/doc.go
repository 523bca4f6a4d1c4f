// Package form reads what HTML forms send: application/x-www-form-urlencoded and
// multipart/form-data (RFC 7578).
//
// A Reader is the streaming side: it gives the parts of a multipart body one after
// the other, with what it holds in memory bounded whatever their size. Read gathers a
// whole form from it, with large uploads in a temporary file.
//
// mime/multipart would do most of it. It is not used because it takes apart a file's
// name by the rules of mail, which drop the backslashes that browsers leave alone; it
// takes malformed heads that others read differently; and its limits are those of a
// whole form. It is the reference that Reader is fuzzed against.
//
// # The law
//
// Strings are owned. An Upload is open until its Form is closed: whoever wants it for
// longer saves it.
package form
