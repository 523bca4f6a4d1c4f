package templates

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

var translated = Map{
	"a.html": "{% trans %}Hello, {{ name }}!{% endtrans %}\n" +
		"{{ gettext('Save') }} {{ _(\"100%% \\\"sure\\\"\") }} {{ gettext(variable) }} {{ other('no') }}\n" +
		"{% if x %}{{ ngettext('%(num)s note', '%(num)s notes', n) }}{% endif %}",
	"b.html": "{% trans \"menu\" trimmed count=n, who=user.name %}\n  One note\n  of {{ who }}\n{% pluralize %}\n  {{ count }} notes\n  of {{ who }}\n{% endtrans %}" +
		"{{ pgettext('verb', 'Open') }}{{ npgettext('c', 's', 'p', 2) }}{% block b %}{% for y in z %}{{ gettext('Save') }}{% endfor %}{% endblock %}" +
		"{{ gettext('Open', context='adjective') }}{% macro m(a=gettext('in a default')) %}{{ a|default(gettext('in a filter')) }}{% endmacro %}",
	"c.txt": "{% trans %}two\nlines{% endtrans %}",
}

const translatedPOT = `msgid ""
msgstr ""
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"

#: a.html:1
#, python-format
msgid "Hello, %(name)s!"
msgstr ""

#: a.html:2
#: b.html:7
msgid "Save"
msgstr ""

#: a.html:2
msgid "100%% \"sure\""
msgstr ""

#: a.html:3
#, python-format
msgid "%(num)s note"
msgid_plural "%(num)s notes"
msgstr[0] ""
msgstr[1] ""

#: b.html:1
#, python-format
msgctxt "menu"
msgid "One note of %(who)s"
msgid_plural "%(count)s notes of %(who)s"
msgstr[0] ""
msgstr[1] ""

#: b.html:7
msgctxt "verb"
msgid "Open"
msgstr ""

#: b.html:7
msgctxt "c"
msgid "s"
msgid_plural "p"
msgstr[0] ""
msgstr[1] ""

#: b.html:7
msgctxt "adjective"
msgid "Open"
msgstr ""

#: b.html:7
msgid "in a default"
msgstr ""

#: b.html:7
msgid "in a filter"
msgstr ""

#: c.txt:1
msgid ""
"two\n"
"lines"
msgstr ""
`

func TestExtract(t *testing.T) {
	env := New(Config{Loader: translated})
	messages, err := env.Extract()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := WritePOT(&b, messages); err != nil {
		t.Fatal(err)
	}
	if b.String() != translatedPOT {
		t.Errorf("%s", b.String())
	}
	if msgfmt, err := exec.LookPath("msgfmt"); err == nil { // the format's own reader, where it is installed
		cmd := exec.Command(msgfmt, "--check-format", "-o", "/dev/null", "-")
		cmd.Stdin = strings.NewReader(b.String())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("msgfmt: %v\n%s", err, out)
		}
	}
}

func TestExtractReportsMistakes(t *testing.T) {
	env := New(Config{Loader: Map{"bad1.html": "{% trans %}", "bad2.html": "{{ }}", "good.html": "{{ _('fine') }}"}})
	messages, err := env.Extract()
	if len(messages) != 1 || messages[0].Singular != "fine" {
		t.Errorf("%+v", messages)
	}
	if err == nil || !errors.Is(err, ErrSyntax) || !strings.Contains(err.Error(), "bad1.html:1") || !strings.Contains(err.Error(), "bad2.html:1") {
		t.Errorf("%v", err)
	}
}

// What is extracted is what a translator is asked for when the page is rendered.
func TestExtractedMessagesAreTheOnesAskedFor(t *testing.T) {
	asked := &recorder{got: map[[3]string]bool{}}
	env := New(Config{Loader: translated, Translator: asked})
	messages, err := env.Extract("a.html", "b.html", "c.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name := range translated {
		var out strings.Builder
		data := map[string]any{
			"name": "Ada", "x": true, "n": 2, "variable": "in a variable", "z": []int{1}, "user": map[string]any{"name": "Bob"},
			"other": func(s string) string { return s },
		}
		if err := env.Render(&out, name, data); err != nil {
			t.Error(err)
		}
	}
	for _, m := range messages {
		key := [3]string{m.Context, m.Singular, m.Plural}
		if !asked.got[key] && m.Singular != "in a default" && m.Singular != "in a filter" { // of a macro that nobody calls
			t.Errorf("nobody asked for %q", key)
		}
		delete(asked.got, key)
	}
	delete(asked.got, [3]string{"", "in a variable", ""})
	if len(asked.got) > 0 {
		t.Errorf("not extracted: %v", asked.got)
	}
}

type recorder struct {
	plainTranslator
	got map[[3]string]bool
}

func (r *recorder) Gettext(context, message string) string {
	r.got[[3]string{context, message, ""}] = true
	return message
}

func (r *recorder) Ngettext(context, singular, plural string, n int) string {
	r.got[[3]string{context, singular, plural}] = true
	return r.plainTranslator.Ngettext(context, singular, plural, n)
}
