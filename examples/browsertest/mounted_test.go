package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// A visitor goes from one application to the other and back by their links, whichever
// is around the other.
func TestMounted(t *testing.T) {
	for outside, at := range map[string]struct{ new, old string }{
		"dewar":   {"/", "/old/"},
		"nethttp": {"/new/", "/"},
	} {
		t.Run(outside, func(t *testing.T) {
			b := browse(t, "mounted-"+outside, start(t, "mounted", "-outside", outside))
			b.open(at.new)
			b.shows("The new application")
			b.picture("new")
			b.is(200, at.new+"notes/7")(b.navigate(chromedp.Click(chromedp.CSS("nav a"))))
			b.shows("Note 7")
			b.open(at.new)
			b.is(200, at.old)(b.navigate(chromedp.Click(chromedp.CSS("nav a:last-child"))))
			b.shows("The old application")
			b.picture("old")
			b.is(200, at.old+"reports/2026")(b.navigate(chromedp.Click(chromedp.CSS("li a"))))
			b.is(200, at.old)(b.navigate(chromedp.Click(chromedp.CSS("p a"))))
			b.is(200, at.new)(b.navigate(chromedp.Click(chromedp.CSS("li:last-child a"))))
			b.shows("The new application")
		})
	}
}
