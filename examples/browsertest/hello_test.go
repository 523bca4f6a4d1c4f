package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp"
)

func TestHello(t *testing.T) {
	b := browse(t, "hello", start(t, "hello"))
	b.open("/")
	b.shows("Hello, world!")
	b.picture("page")
	b.is(200, "/hello/<b>you")(b.navigate(chromedp.Click(chromedp.CSS("footer a"))))
	b.shows("Hello, <b>you!")
}
