package static

import (
	"io/fs"
	"reflect"
	"sync"

	"github.com/dewar-go/dewar/gateway/semantics"
)

// maxDigests bounds how many embedded files have a tag that is remembered; the others
// are read anew for each. A tag is some 100 bytes.
const maxDigests = 4096

// digests are the tags of embedded files. Such a file is part of the program, so that
// its tag is right for ever, and what stands for it in package embed is always the
// same pointer, also behind fs.Sub. Other files without a time may change unnoticed,
// a testing/fstest.MapFS for one: nothing is remembered of them.
var digests = struct {
	sync.RWMutex
	tags map[fs.FileInfo]semantics.ETag
}{tags: make(map[fs.FileInfo]semantics.ETag)}

// embedded reports whether f is a file of package embed itself: what wraps one may
// give it other content.
func embedded(f any, info fs.FileInfo) bool { return ofEmbed(f) && ofEmbed(info) }

func ofEmbed(v any) bool {
	t := reflect.TypeOf(v)
	return t.Kind() == reflect.Pointer && t.Elem().PkgPath() == "embed"
}

// digest returns what is remembered of a file, "" where that is nothing.
func digest(info fs.FileInfo) semantics.ETag {
	digests.RLock()
	defer digests.RUnlock()
	return digests.tags[info]
}

// remember keeps the tag of an embedded file while there is room.
func remember(info fs.FileInfo, tag semantics.ETag) {
	digests.Lock()
	defer digests.Unlock()
	if len(digests.tags) < maxDigests {
		digests.tags[info] = tag
	}
}
