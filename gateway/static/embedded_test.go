package static

import (
	"embed"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/semantics"
)

//go:embed doc.go path.go
var program embed.FS

// wrapped is an embedded file that somebody else's code reads.
type wrapped struct{ embed.FS }

func (w wrapped) Open(name string) (fs.File, error) {
	f, err := w.FS.Open(name)
	return struct{ fs.File }{f}, err
}

// An embedded file is hashed once: what is remembered of it is what is sent, here
// something that no hash gives.
func TestDigestsOfEmbeddedFiles(t *testing.T) {
	content, err := program.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	info, err := fs.Stat(program, "doc.go")
	if err != nil {
		t.Fatal(err)
	}
	sub, err := fs.Sub(program, ".")
	if err != nil {
		t.Fatal(err)
	}
	forget(t)
	send := func(files fs.FS) *gatewaytest.Result {
		return gatewaytest.Do(gateway.HandlerFunc(func(x *gateway.Exchange) error {
			return SendFile(x, files, "doc.go", Options{})
		}), gatewaytest.Request{})
	}
	right := string(semantics.ContentETag(content))
	if r := send(program); string(r.Body) != string(content) || r.Header.Value("ETag") != right {
		t.Fatalf("%d, %d bytes, tag %s, want %s", r.Status, len(r.Body), r.Header.Value("ETag"), right)
	}
	if got := digest(info); string(got) != right {
		t.Fatalf("remembered: %q, want %s", got, right)
	}
	digests.tags[info] = `"remembered"`
	for name, c := range map[string]struct {
		files fs.FS
		want  string
	}{
		"embed.FS":             {program, `"remembered"`},
		"fs.Sub of it":         {sub, `"remembered"`},
		"what wraps its files": {wrapped{program}, right},
		"fstest.MapFS":         {fstest.MapFS{"doc.go": {Data: content}}, right},
	} {
		if r := send(c.files); r.Header.Value("ETag") != c.want || string(r.Body) != string(content) {
			t.Errorf("%s: tag %s, want %s", name, r.Header.Value("ETag"), c.want)
		}
	}
	if len(digests.tags) != 1 {
		t.Errorf("%d tags are remembered, want that of the embedded file alone", len(digests.tags))
	}
}

func TestMaxDigests(t *testing.T) {
	forget(t)
	for i := range maxDigests + 1 {
		remember(file{nth: i}, `"x"`)
		if want := min(i+1, maxDigests); len(digests.tags) != want {
			t.Fatalf("%d tags after %d files, want %d", len(digests.tags), i+1, want)
		}
	}
}

// file is one of many.
type file struct {
	fs.FileInfo
	nth int
}

// forget empties what is remembered, before a test and after it.
func forget(t *testing.T) {
	clear(digests.tags)
	t.Cleanup(func() { clear(digests.tags) })
}
