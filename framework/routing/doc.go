// Package routing matches request paths against rules in Werkzeug's language and
// builds URLs from the same rules.
//
// # The language
//
// A rule is a path with variables: /u/<int(min=1):id>/<path:rest>.json. Between
// the brackets stand a converter, its arguments and a name; the converter may be
// left out and is then string. A segment may hold several variables and
// literals. The converters are
//
//	string  text without a slash; minlength, maxlength, length
//	int     decimal digits; fixed_digits, min, max, signed
//	float   digits, a point, digits; min, max, signed
//	path    text that may hold slashes, but does not begin with one
//	any     one of its arguments: <any(about, help):page>
//	uuid    a UUID in its hyphenated form
//
// and those of Config.Converters. What other routers write as {id}, :id or *rest is a
// mistake, which New reports.
//
// # The tree
//
// Rules are cut at their slashes into parts, and the parts form a tree. A part
// without variables is an edge of a table, any other part is an edge of an ordered
// list. For the rules
//
//	/posts/            posts      (1)
//	/posts/<int:id>    post       (2)
//	/posts/<slug>/raw  raw        (3)
//	/<path:page>       page       (4)
//
// the tree is
//
//	root ─┬─ "posts" ─┬─ ""     (1)
//	      │           ├─ <int>  (2)
//	      │           └─ <string> ── "raw" (3)
//	      └─ <path>   (4)
//
// A request walks down from the root, segment by segment. At each node it tries
// the static edge first, then the list in order of weight: more literal text
// first, then lighter converters (int and float 50, others 100, path 200), then
// the order of registration. If a branch leads nowhere, because the text does not
// suit a converter, a method is not allowed or segments are left over, the walk
// comes back and tries the next edge: /posts/7/raw fails behind <int>, comes back
// and ends at (3); /posts/7/x fails there too, and ends at (4). A part whose
// variable may hold slashes takes all that is left.
//
// Since a node fixes which segments were consumed, no node is visited twice: the
// cost is at most linear in the number of nodes, whatever the client sends.
// Several variables in one segment are matched by package regexp, which is
// linear as well. Rules without variables are found at once by the whole path, as it
// came.
//
// Most paths need no decoding. They are looked over once, eight bytes at a time, for
// what would have to be decoded and for where their segments end, a bit for each; then
// the walk asks for the lowest bit that is left instead of searching for a slash. Of
// /posts/7 the bits are 0, 6 and 8: behind the slash at 0 the segment ends at 6, which
// gives posts, and the one behind that at 8, which gives 7. The static edges of a node
// stand in a table in which a name's length and three of its bytes give its place.
//
// # The path
//
// Paths are matched escaped, as they came: they are cut at their slashes first and
// decoded afterwards, so that %2F never separates. Bytes that are not UTF-8 become
// U+FFFD. A path that has a segment . or .. once it is decoded, even behind %2F,
// matches nothing: every client removes such segments before it sends (RFC 3986
// §5.2.4), and what they would mean to whoever opens a file of that name is not
// for a router to guess.
//
// A Map and its Rules do not change after New and may be used by any number of
// goroutines.
package routing
