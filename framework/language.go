package framework

import (
	"maps"
	"slices"

	"github.com/dewar-go/dewar/framework/binding"
)

// english is the language of messages without a translation.
const english = "en"

// languages are those of the messages about input, English first, which a client gets
// that does not care; none where there are no translations.
func languages(config binding.Config) []string {
	if len(config.Languages) == 0 {
		return nil
	}
	list := slices.Sorted(maps.Keys(config.Languages))
	return append([]string{english}, slices.DeleteFunc(list, func(tag string) bool { return tag == english })...)
}

// language chooses among them: by App.Language, or as the client likes it best.
func (c *Context) language() string {
	if len(c.app.languages) == 0 {
		return ""
	}
	if choose := c.app.app.Language; choose != nil {
		return choose(c)
	}
	best, _ := c.AcceptsLanguage(c.app.languages...)
	return best
}

// tellLanguage says in the fields of an error what language its messages have, and
// that the client chose it.
func (c *Context) tellLanguage(e *Error, wrong *binding.Error) {
	if len(c.app.languages) == 0 {
		return
	}
	language := wrong.Language
	if language == "" {
		language = english
	}
	e.Header.Add("Content-Language", language)
	if c.app.app.Language == nil {
		e.Header.Add("Vary", "Accept-Language")
	}
}
