package browsertest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// A file goes up while its bar shows how far it is, and is then on the page and in the
// folder as it was.
func TestUpload(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "uploads")
	b := browse(t, "upload", start(t, "upload", "-folder", folder, "-limit", "4194304"))
	b.open("/")
	b.shows("Nothing yet.", "4.0 MiB")
	b.picture("empty")

	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<17) // 2 MiB
	call(b, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{DownloadThroughput: -1, UploadThroughput: 512 << 10}},
	})
	b.send(t, "voyage.bin", content)
	b.await(`(() => { const bar = document.querySelector("#queue progress"); return bar && bar.value > 0 && bar.value < 1 })()`)
	b.shows("voyage.bin", "% of 2.0 MiB")
	b.picture("progress")
	b.await(`document.getElementById("status").textContent === "voyage.bin is here."`)
	b.run(chromedp.WaitVisible(`//ul[@class="files"]//a[text()="voyage.bin"]`))
	if got, err := os.ReadFile(filepath.Join(folder, "voyage.bin")); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes are kept, %v", len(got), err)
	}

	b.send(t, "large.bin", make([]byte, 5<<20))
	b.run(chromedp.WaitVisible(chromedp.CSS("#queue .wrong")))
	b.shows("5.0 MiB is more than the 4.0 MiB that are taken")
	b.picture("files")
	b.run(chromedp.Click(chromedp.CSS("#queue .wrong button")))

	b.send(t, "cancelled.bin", content)
	b.await(`document.querySelector("#queue progress")?.value > 0`)
	b.run(chromedp.Click(chromedp.CSS("#queue button")), chromedp.WaitNotPresent(chromedp.CSS("#queue li")))
	b.open("/")
	b.is(200, "/")(b.navigate(chromedp.Click(chromedp.CSS(`button[aria-label="Remove voyage.bin"]`))))
	b.shows("Nothing yet.")
	if left, err := filepath.Glob(filepath.Join(folder, "*.bin")); err != nil || len(left) != 0 {
		t.Errorf("%v are left, %v", left, err)
	}
}

// send chooses a file with that content, and uploads it.
func (b *browser) send(t *testing.T, name string, content []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, content, 0o666); err != nil {
		t.Fatal(err)
	}
	b.run(chromedp.SetUploadFiles(chromedp.CSS("#files"), []string{file}), chromedp.Click(chromedp.CSS("form.drop button")))
}
