package browsertest

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a test may take: pages come at once, but the machine may be busy.
const patience = 3 * time.Minute

// A browser is a tab of a headless Chromium of its own, with the cookies of nobody.
type browser struct {
	t        *testing.T
	ctx      context.Context
	example  string // that the pictures are called after
	url      string // of the example
	mishaps  chan string
	expected string // part of what the browser may complain about; "" is nothing
}

// browse opens a browser, and closes it with the test.
func browse(t *testing.T, example, url string) *browser {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("chromium is not installed; .ci/run installs it")
		}
		t.Skip("chromium is not installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // as root Chromium does not start with it
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx, example: example, url: url, mishaps: make(chan string, 100)}
	if err := chromedp.Listen(ctx, b.listen); err != nil { // which starts the browser
		t.Fatal(err)
	}
	t.Cleanup(b.settle)
	return b
}

// listen notes what the browser complains about: scripts that fail, what a policy
// forbids, files that are not there.
func (b *browser) listen(event any) {
	text := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text + " " + e.ExceptionDetails.URL
	case *log.EventEntryAdded:
		text = e.Entry.Text + " " + e.Entry.URL
	default:
		return
	}
	select {
	case b.mishaps <- text:
	default: // there are enough
	}
}

// settle fails the test for what the browser complained about.
func (b *browser) settle() {
	for {
		select {
		case text := <-b.mishaps:
			if b.expected == "" || !strings.Contains(text, b.expected) {
				b.t.Errorf("the browser says: %s", text)
			}
		default:
			return
		}
	}
}

func (b *browser) run(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatalf("%v on the page\n%s", err, b.text())
	}
}

// ask is what a script says about the page.
func ask[T any](b *browser, script string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return v
}

// await waits until a script says true.
func (b *browser) await(script string) {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](script, chromedp.WithPollingTimeout(0))); err != nil {
		b.t.Fatalf("waiting for %s: %v on the page\n%s", script, err, b.text())
	}
}

// call gives the browser a command of its protocol.
func call[P, R any](b *browser, command cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.t.Fatal(err)
	}
}

// navigate does what leads to another page, and returns its status and path.
func (b *browser) navigate(steps ...chromedp.Action[chromedp.Void]) (int, string) {
	b.t.Helper()
	r, err := chromedp.RunResponse(b.ctx, steps...)
	if err != nil {
		b.t.Fatalf("%v on the page\n%s", err, b.text())
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	return int(r.Status), u.Path
}

// open goes to a page of the example.
func (b *browser) open(path string) {
	b.t.Helper()
	if status, _ := b.navigate(chromedp.Navigate(b.url + path)); status != 200 {
		b.t.Fatalf("%s: %d", path, status)
	}
}

// text is what can be read on the page.
func (b *browser) text() string {
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
	if err != nil {
		return err.Error()
	}
	return text
}

// shows fails the test unless all the texts can be read on the page.
func (b *browser) shows(texts ...string) {
	b.t.Helper()
	page := b.text()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			b.t.Errorf("the page lacks %q:\n%s", text, page)
		}
	}
}

// looks are the screens and schemes of which pictures are made.
var looks = []struct {
	name          string
	width, height int64
	phone         bool
}{{"desktop", 1280, 800, false}, {"phone", 390, 844, true}}

// picture keeps pictures of the page on each screen, light and dark, and fails the
// test where it is wider than the screen.
func (b *browser) picture(name string) {
	b.t.Helper()
	for _, look := range looks {
		for _, scheme := range []string{"light", "dark"} {
			call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
				Width: look.width, Height: look.height, DeviceScaleFactor: 1, Mobile: look.phone,
			})
			call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
			if wide := ask[int64](b, "document.documentElement.scrollWidth"); wide > look.width {
				b.t.Errorf("%s on a %s: the page is %d pixels wide", name, look.name, wide)
			}
			png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
			if err != nil {
				b.t.Fatal(err)
			}
			picture(b.t, strings.Join([]string{b.example, name, look.name, scheme}, "-"), png)
		}
	}
	call(b, emulation.ClearDeviceMetricsOverride, cdp.Empty{})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
}
