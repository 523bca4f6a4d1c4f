// Package binding fills structs from requests, checks them, and tells clients what
// is wrong in their own words.
//
//	type NewOrder struct {
//		Team  string        `path:"team"`
//		Limit int           `query:"limit" default:"20" validate:"min=1,max=100"`
//		Token string        `header:"X-Token" validate:"required" secret:""`
//		Theme string        `cookie:"theme" validate:"oneof=light dark"`
//		Name  string        `json:"name" validate:"required,max=40"`
//		Note  Opt[string]   `json:"note"`
//		Items []Item        `json:"items" validate:"required,min=1"`
//	}
//
// Applications use it by framework.Bind and Context.Bind.
//
// # Sources
//
// Each field has one source, named by its tag: path, query, header, cookie, form, file
// or json. A field without such a tag is never bound, nor is one inside of a struct
// that a JSON object fills: what the client adds cannot reach what it was not asked
// for. Names match exactly, except those of header fields. Embedded structs belong
// to the struct around them; a struct with a json tag is an object, and one with a
// form tag a group: form:"address" around form:"street" is address.street. json
// excludes form and file. A form may come urlencoded or as multipart/form-data; where
// there are file fields, which are *framework.Upload or a slice of them, only the
// latter is taken.
//
// # Values
//
// Fields are strings, bools, integers, floats, time.Time (RFC 3339, or what the
// layout tag says), time.Duration (1h30m), []byte, types with UnmarshalText, and
// pointers, slices and Opts of them. A slice takes repeated values; with the option
// csv (query:"tags,csv") also one with commas. A value that the type does not hold
// is a mistake, never cut off. In the query and in forms, an empty value of anything
// but a text counts as absent, since that is what browsers send of an empty input.
//
// JSON fields may also be structs, maps, any, and types with UnmarshalJSON. The text
// is decoded by a plan of the type, because that is how all mistakes are found at
// once, each with its pointer, and how presence is known; values of type any,
// json.Number, and maps with other keys than strings, are left to Config.JSON. It
// reads as encoding/json does, but that names match in case too, a name must not
// come twice, and null stands only for pointers, slices, maps, any and Opts.
//
// A type that is no struct, a slice, map or any, stands for the JSON content as a whole:
// the structs in it are checked as ever.
//
// # Presence
//
// validate:"required" means that the field came, be it as 0, false or "". (null does
// not satisfy it where the field is a pointer.) A field that is absent and not
// required is not checked. The default tag fills a field only where it is absent. An
// Opt tells absent from null.
//
// Browsers send each input of a form, also an empty one. Of a text that is "", which
// came: an input that must be filled in is validate:"required,min=1", and one that may
// be left empty, but has a format, validate:"omitempty,url". Of all other types it
// counts as absent (see Values), so that required alone does.
//
// # Rules
//
// The validate tag is that of github.com/go-playground/validator/v10, with these
// differences: required, as above; the elements of a slice or map of structs are
// always checked, without dive; and rules refer to fields of the same struct or below
// it. Config.Rules adds rules with messages, Config.Setup whatever else there is.
//
// All of this is checked when a plan is compiled: an unknown rule or tag is an error
// then, together with all others, and never a panic of a request.
//
// # Strictness
//
// Unknown names are passed over. Embed Strict in a struct to refuse them.
//
// # Secrets
//
// A field that is tagged secret:"" is never repeated to the client or in an error,
// nor is what lies below it. Messages about rules never show values.
//
// # Languages
//
// Messages are in English. Config.Languages translates them, by their English texts,
// which Messages lists; Input.Language says which is the client's.
//
// # The law
//
// Binders and Plans are safe for concurrent use. Strings in a bound struct are owned.
// Those from a JSON body of up to 8 KiB share its memory: one that is kept keeps the
// body.
package binding
