// Package static sends files: nginx's part of a site, as a gateway.Handler.
//
//	files, err := os.OpenRoot("public")
//	...
//	h := gateway.Mount("/static", static.New(files.FS(), static.Config{}))
//
// Files come from any fs.FS: os.Root.FS, which symbolic links do not leave, os.DirFS,
// embed.FS. Those of the operating system are sent with sendfile(2) where the server
// has it.
//
// Answers have an entity tag and a modification date, and conditions and ranges are
// heeded, several at once too (RFC 9110 §13, §14). Beside app.js there may stand
// app.js.zst, app.js.br and app.js.gz: the one that the client likes best is sent,
// unless it is older than the file. A folder is its index; it is never listed.
//
// # The law
//
// What a path names is decided segment by segment, before anything is opened: an
// escaped slash, a backslash, a NUL, .. and hidden files name nothing. Nothing is
// written to anywhere.
//
// A Handler keeps files open, and small ones in memory, and looks at each request
// whether they are still the same: a change is seen at once, be it in place or by a
// new file of that name. Shutdown closes them. It is safe for concurrent use.
package static
