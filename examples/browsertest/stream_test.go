package browsertest

import "testing"

// The charts are drawn while the page is open.
func TestStream(t *testing.T) {
	b := browse(t, "stream", start(t, "stream", "-every", "50ms"))
	b.open("/")
	b.await(`document.querySelectorAll("figure .line").length === 3 &&
		[...document.querySelectorAll("figure .line")].every((line) => (line.getAttribute("d") || "").split("L").length > 40)`)
	b.shows("Live", "Memory", "Open streams\n1")
	b.picture("charts")
}
