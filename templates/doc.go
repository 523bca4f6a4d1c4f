// Package templates renders Jinja templates over Go values, escaped by
// context.
//
// The language is Jinja's, whole: inheritance, blocks, macros, includes and
// imports, filters and tests, Python's operators and string methods. Values
// are Go's: maps, structs, slices, functions, times. A struct field is found
// by its name, its json tag or its name in snake case, so user.created_at is
// CreatedAt. Templates are compiled once, to closures.
//
// The law of the package:
//
//   - A value is made safe for the place where it is printed: HTML text,
//     attributes, URLs, scripts, styles. html/template analyses every page
//     for that when it is first compiled; a page it cannot understand is an
//     error. [Markup] and html/template's types are taken as already safe.
//   - Errors are returned, with file, line, column and the way that led
//     there; never printed into the page. A page that fails is not sent, not
//     even half, unless it was streamed.
//   - Every template ends: [Limits] and the context see to that.
//   - Data is read, never written, and only while Render runs. What a
//     template changes, it changes in a copy of its own.
//   - An [Environment] and its templates may be used by several goroutines.
//
// A page in a folder:
//
//	env := templates.New(templates.Config{Loader: templates.FS(os.DirFS("templates"))})
//	err := env.Render(w, "index.html", map[string]any{"user": user})
package templates
