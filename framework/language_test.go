package framework_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/binding"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// polyglot is an application that tells what is wrong in German, French or English.
func polyglot(t *testing.T) *framework.App {
	app, _ := newApp(t)
	app.Input.MaxBody = 100
	app.Input.Languages = map[string]binding.Texts{
		"de": {
			"is required, but absent":                                       "fehlt",
			"The content of the request has a mistake.":                     "Der Inhalt hat einen Fehler.",
			"The content is larger than %d bytes, which is the limit here.": "Der Inhalt ist größer als %d Bytes.",
			"The content must be %s, but %s.":                               "Der Inhalt muss %s sein, aber %s.",
			"the request does not name its Content-Type":                    "die Anfrage nennt ihren Content-Type nicht",
		},
		"fr": {"is required, but absent": "manque"},
	}
	type in struct {
		Name string `json:"name" validate:"required"`
	}
	app.Post("/bind", framework.Bind(func(*framework.Context, in) (struct{}, error) { return struct{}{}, nil }))
	app.Post("/form", func(c *framework.Context) error {
		var input in
		var wrong *binding.Error
		if err := c.Bind(&input); errors.As(err, &wrong) {
			return c.Status(422).Text(wrong.Language + " " + wrong.Message("/name"))
		}
		return c.NoContent()
	})
	return app
}

// The client's language is that of the messages, and the answer tells caches so.
func TestMessagesInTheClientsLanguage(t *testing.T) {
	app := polyglot(t)
	for _, test := range []struct{ accept, language, message, detail string }{
		{"", "en", "is required, but absent", "The content of the request has a mistake."},
		{"de-AT, de;q=0.9, en;q=0.5", "de", "fehlt", "Der Inhalt hat einen Fehler."},
		{"fr", "fr", "manque", "The content of the request has a mistake."}, // what nobody has translated stays
		{"ja, en-GB;q=0.5", "en", "is required, but absent", "The content of the request has a mistake."},
		{"ja", "en", "is required, but absent", "The content of the request has a mistake."},
		{"de;q=0, *", "en", "is required, but absent", "The content of the request has a mistake."},
		{"de;q=0.2, fr;q=0.8", "fr", "manque", "The content of the request has a mistake."},
	} {
		header := gateway.Header{{Name: "Accept", Value: "application/json"}}
		if test.accept != "" {
			header.Add("Accept-Language", test.accept)
		}
		r := send(t, app, gatewaytest.Request{Target: "/bind", Header: header}, "application/json", "{}")
		body := string(r.Body)
		if r.Status != 422 || !strings.Contains(body, `"message":"`+test.message+`"`) || !strings.Contains(body, `"detail":"`+test.detail+`"`) {
			t.Errorf("%s: %d %s", test.accept, r.Status, body)
		}
		if got := r.Header.Value("Content-Language"); got != test.language {
			t.Errorf("%s: Content-Language %q, want %q", test.accept, got, test.language)
		}
		if vary := slices.Collect(r.Header.List("Vary")); !slices.Contains(vary, "Accept-Language") || !slices.Contains(vary, "Accept") {
			t.Errorf("%s: Vary %v", test.accept, vary)
		}
	}
}

// What is wrong with the whole request is said in that language, too.
func TestDetailsInTheClientsLanguage(t *testing.T) {
	app := polyglot(t)
	german := gateway.Header{{Name: "Accept-Language", Value: "de"}}
	for _, test := range []struct{ media, body, want string }{
		{"application/json", strings.Repeat(" ", 101), "413 Der Inhalt ist größer als 100 Bytes."},
		{"", "{}", "415 Der Inhalt muss application/json sein, aber die Anfrage nennt ihren Content-Type nicht."},
	} {
		r := send(t, app, gatewaytest.Request{Target: "/bind", Header: slices.Clone(german)}, test.media, test.body)
		status, text, _ := strings.Cut(test.want, " ")
		if fmt.Sprint(r.Status) != status || !strings.Contains(string(r.Body), `"detail":"`+text+`"`) {
			t.Errorf("%d %s, want %s", r.Status, r.Body, test.want)
		}
	}
	page := append(slices.Clone(german), gateway.Field{Name: "Accept", Value: "text/html"})
	r := send(t, app, gatewaytest.Request{Target: "/bind", Header: page}, "application/json", "{}")
	if !strings.Contains(string(r.Body), "<html lang=de>") || !strings.Contains(string(r.Body), "<li>body /name fehlt</li>") {
		t.Errorf("%s", r.Body)
	}
	if r := send(t, app, gatewaytest.Request{Target: "/form", Header: slices.Clone(german)}, "application/json", "{}"); string(r.Body) != "de fehlt" {
		t.Errorf("%s", r.Body)
	}
}

// An error handler gets the fields that tell of the language.
func TestLanguageOfErrorHandlers(t *testing.T) {
	app := polyglot(t)
	framework.HandleAs(app, func(c *framework.Context, err *binding.Error) error { return c.Status(err.Status).Text(err.Detail) })
	r := send(t, app, gatewaytest.Request{Target: "/bind", Header: gateway.Header{{Name: "Accept-Language", Value: "de"}}}, "application/json", "{}")
	if r.Header.Value("Content-Language") != "de" || r.Header.Value("Vary") != "Accept-Language" || string(r.Body) != "Der Inhalt hat einen Fehler." {
		t.Errorf("%v %s", r.Header, r.Body)
	}
}

// The application may know better than Accept-Language; then nothing varies by it.
func TestLanguageOfTheApplication(t *testing.T) {
	for language, want := range map[string]string{"fr": "manque", "xx": "is required, but absent", "": "is required, but absent"} {
		app := polyglot(t)
		app.Language = func(c *framework.Context) string { return language }
		r := send(t, app, gatewaytest.Request{Target: "/bind", Header: gateway.Header{{Name: "Accept-Language", Value: "de"}}}, "application/json", "{}")
		if !strings.Contains(string(r.Body), `"message":"`+want+`"`) || slices.Contains(slices.Collect(r.Header.List("Vary")), "Accept-Language") {
			t.Errorf("%q: %v %s", language, r.Header, r.Body)
		}
	}
	app := bindApp(t) // without translations the field is never asked
	r := send(t, app, gatewaytest.Request{Target: "/core/orders", Header: gateway.Header{{Name: "Accept-Language", Value: "de"}}}, "application/json", "{}")
	if r.Header.Has("Content-Language") || slices.Contains(slices.Collect(r.Header.List("Vary")), "Accept-Language") {
		t.Errorf("%v", r.Header)
	}
}

// A mistake in a translation is told at the freeze.
func TestTranslationMistakesAtFreeze(t *testing.T) {
	app, _ := newApp(t)
	app.Input.Languages = map[string]binding.Texts{"de": {"is required": "fehlt"}}
	if err := app.Freeze(); err == nil || !strings.Contains(err.Error(), `App.Input: binding: Languages["de"]: "is required" is no message`) {
		t.Errorf("%v", err)
	}
}
