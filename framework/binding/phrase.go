package binding

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Texts are the messages of a language by their English originals, as gettext's
// catalogues have them: "must be at least %s": "muss mindestens %s sein". Messages
// lists the originals; a Rule's message is one, too. The verbs of package fmt stay in
// a translation, as %[2]s where their order changes. What has no translation is said
// in English.
type Texts map[string]string

// A phrase is a message before its language is chosen. Among the arguments may be
// other phrases, which are translated by themselves.
type phrase struct {
	text string // in English, for fmt.Sprintf where there are arguments
	args []any
}

// say makes a phrase; a test holds that Messages lists each text that is given to it.
func say(text string, args ...any) phrase { return phrase{text, args} }

// in puts a phrase into words; nil is English.
func (p phrase) in(texts Texts) string {
	text := p.text
	if translated := texts[text]; translated != "" {
		text = translated
	}
	if len(p.args) == 0 {
		return text
	}
	args := make([]any, len(p.args))
	for i, a := range p.args {
		if inner, ok := a.(phrase); ok {
			a = inner.in(texts)
		}
		args[i] = a
	}
	return fmt.Sprintf(text, args...)
}

// wording is how the messages about one request are said.
type wording struct {
	language string // "" is English
	texts    Texts
}

// wording returns how they are, which is settled at the first message.
func (d *decoder) wording() *wording {
	if d.words == nil {
		d.words = &wording{}
		if len(d.config.Languages) > 0 {
			language := d.input.Language()
			if texts, ok := d.config.Languages[language]; ok {
				d.words = &wording{language, texts}
			}
		}
	}
	return d.words
}

// tell puts a message into the words of the request's language.
func (d *decoder) tell(p phrase) string { return p.in(d.wording().texts) }

// translate does so with what an Error says of the whole request.
func (d *decoder) translate(err error) {
	if e, ok := errors.AsType[*Error](err); ok {
		if e.Language = d.wording().language; e.detail.text != "" {
			e.Detail = d.tell(e.detail)
		}
	}
}

// check returns what is wrong with the texts of a language. own are messages beside
// those of this package.
func (texts Texts) check(own map[string]bool) error {
	var errs []error
	for _, text := range slices.Sorted(maps.Keys(texts)) {
		_, known := slices.BinarySearch(messages, text)
		switch {
		case !known && !own[text]:
			errs = append(errs, fmt.Errorf("%q is no message, see binding.Messages", text))
		case known && badVerbs(text, texts[text]):
			errs = append(errs, fmt.Errorf("%q does not have the verbs of %q", texts[text], text))
		}
	}
	return errors.Join(errs...)
}

// badVerbs reports whether a translation cannot be filled as its original is.
func badVerbs(original, translated string) bool {
	var args []any
	for rest := original; ; {
		_, verb, found := strings.Cut(rest, "%")
		if !found {
			break
		}
		switch verb[0] { // %d and %U show a number, %s and %q a text
		case 'd', 'U':
			args = append(args, 'x')
		default:
			args = append(args, "x")
		}
		rest = verb[1:]
	}
	return translated != "" && strings.Contains(fmt.Sprintf(translated, args...), "%!")
}

// Messages returns the texts of all messages in English, sorted: what is to be
// translated. A %s is filled with a value, or with another message.
func Messages() []string { return slices.Clone(messages) }

// messages are those that stand in the code, and those of the tables.
var messages = func() []string {
	list := slices.Clone(sentences)
	for _, table := range []map[string]string{formats, relations, affixes, moments} {
		list = slices.AppendSeq(list, maps.Values(table))
	}
	for _, how := range limits {
		list = append(list, quantity(how, ""))
		for _, unit := range units {
			list = append(list, quantity(how, unit.one), quantity(how, unit.many))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}()

// sentences are the texts that stand in the code, by where they are said.
var sentences = []string{
	// Of the whole request.
	"The content of the request has a mistake.",
	"The content of the request has %d mistakes.",
	"The content of the request has mistakes, of which the first %d are listed.",
	"The content is larger than %d bytes, which is the limit here.",
	"The form has more than %d fields.",
	"The request has no content, but a JSON object is expected, with %s at least.",
	"The request has no content, but JSON is expected.",
	"The content must be %s, but %s.",
	"the request does not name its Content-Type",
	"the Content-Type is %s",

	// Of malformed JSON.
	"The JSON is malformed at line %d, column %d (byte %d): expected %s, got %s.",
	"The JSON is malformed at byte %d, which is not UTF-8 (RFC 8259 §8.1).",
	"The JSON nests deeper than %d levels at byte %d.",
	"a JSON object",
	"a JSON value",
	"the end of the content after the JSON value",
	"the end",
	"the control character %U",
	"another element after the comma",
	"a comma or }",
	"a comma or ]",
	"a name in quotation marks",
	"a colon",
	"an escape such as \\n",
	"a quotation mark that ends the string",
	`one of "\/bfnrtu after the backslash`,
	"four hexadecimal digits",
	"a digit",
	"a digit after the point",
	"a digit of the exponent",

	// Of names.
	"is required, but absent",
	"comes twice in the object",
	"is not known here",
	"is not known here; it is spelled %s",
	"is not known here; there are %s",

	// Of values, what is expected of them, and what came.
	"expected %s",
	"expected %s (%s)",
	"expected %s, got %s",
	"expected %s, got %s (%s)",
	"must not be null",
	"must not be null, expected %s",
	"at [%s %s",
	"an integer",
	"an integer from %d to %d",
	"an integer from 0 to %d",
	"a number",
	"a number that %d bits hold",
	"true or false",
	"a text",
	"a text in base64",
	"the text %s",
	"an empty text",
	"null",
	"a value",
	"another value",
	"an object",
	"an array",
	"an array of %d",
	"a time",
	"a time such as %s",
	"a duration",
	"a duration such as 1h30m or 250ms",
	`a duration such as "1h30m"`,
	"a number or bool in quotation marks",
	"a valid %s",

	// Of rules.
	"must be %s",
	"must not be %s",
	"must be one of %s",
	"must be none of %s",
	"must not hold a value twice",
	"must be a time such as %s",
	"must satisfy the rule %s",
	"must satisfy one of the rules %s",
	"now",
	"%s is %s",
	"%s and %s",
}
