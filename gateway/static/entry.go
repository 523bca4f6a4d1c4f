package static

import (
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// An entry is what one path leads to: a file and its compressed siblings. It is open
// while the cache or a request holds it.
type entry struct {
	plain    *representation
	siblings []*representation // by preference
	offers   []string
	memory   int64        // bytes of content
	loaded   time.Time    // when it was looked at whole
	used     atomic.Int64 // Unix seconds of the last request
	holders  atomic.Int32
}

// load opens what name stands for.
func (h *Handler) load(name string, now time.Time) (*entry, error) {
	keep := h.cache.room()
	plain, err := open(h.files, name, keep)
	if err != nil {
		return nil, err
	}
	if plain.validators.Modified.After(now) { // such a date is not to be sent (RFC 9110 §8.8.2.1)
		plain.validators.Modified = time.Time{}
	}
	e := &entry{plain: plain, loaded: now}
	e.holders.Store(1)
	for _, coding := range codings {
		if isCompressed(name) {
			break
		}
		s, err := open(h.files, siblingName(name, coding), keep)
		if err != nil {
			continue
		}
		if s.info.ModTime().Before(plain.info.ModTime()) { // of an older state of the file
			s.close()
			continue
		}
		s.as(coding)
		e.siblings, e.offers = append(e.siblings, s), append(e.offers, coding)
	}
	for f := range e.representations {
		f.header = h.header(name, f, len(e.siblings) > 0)
		e.memory += int64(len(f.content))
	}
	return e, nil
}

func (e *entry) representations(yield func(*representation) bool) {
	if !yield(e.plain) {
		return
	}
	for _, s := range e.siblings {
		if !yield(s) {
			return
		}
	}
}

// header is that of a representation, which changes only with the file.
func (h *Handler) header(name string, f *representation, varies bool) gateway.Header {
	header := gateway.Header{
		{Name: "Content-Type", Value: mediaType(name, h.config.Types)},
		{Name: "Cache-Control", Value: h.cacheControl(name)},
		{Name: "ETag", Value: string(f.validators.ETag)},
		{Name: "Accept-Ranges", Value: "bytes"},
		{Name: "X-Content-Type-Options", Value: "nosniff"},
	}
	if !f.validators.Modified.IsZero() {
		header.Add("Last-Modified", semantics.FormatDate(f.validators.Modified))
	}
	if f.coding != "" {
		header.Add("Content-Encoding", f.coding)
	}
	if varies {
		header.Add("Vary", "Accept-Encoding")
	}
	return header
}

func (h *Handler) cacheControl(name string) string {
	switch {
	case h.config.Immutable != nil && h.config.Immutable(name):
		return semantics.CacheControl{Public: true, MaxAge: year, Immutable: true}.String()
	case h.config.MaxAge > 0:
		return semantics.CacheControl{Public: true, MaxAge: h.config.MaxAge}.String()
	}
	return "no-cache"
}

// choose returns the representation that the client likes best. One that excludes all of them
// gets the file as it is: better than 406 (RFC 9110 §12.5.3). hot path
func (e *entry) choose(h gateway.Header) *representation {
	if len(e.siblings) == 0 {
		return e.plain
	}
	coding, _ := semantics.Encoding(h, e.offers...)
	for _, s := range e.siblings {
		if s.coding == coding {
			return s
		}
	}
	return e.plain
}

// current reports whether the file is still what it was, so that the entry can be
// used. A file that was changed just before it was read may have changed again
// within one tick of its clock, and is read again. hot path
func (e *entry) current(files fs.FS, now time.Time) bool {
	if e.plain.frozen() {
		return true
	}
	if now.Sub(e.loaded) >= recheck && !e.siblingsCurrent(files) {
		return false
	}
	return e.loaded.Sub(e.plain.info.ModTime()) > settled && unchanged(files, e.plain)
}

func unchanged(files fs.FS, f *representation) bool {
	info, err := fs.Stat(files, f.name)
	if err != nil || info.Size() != f.size || !info.ModTime().Equal(f.info.ModTime()) || !info.Mode().IsRegular() {
		return false
	}
	// What is no file of the operating system is not even the same as itself.
	return os.SameFile(info, f.info) || !os.SameFile(info, info)
}

// siblingsCurrent reports whether siblings have neither come, gone nor changed.
func (e *entry) siblingsCurrent(files fs.FS) bool {
	if isCompressed(e.plain.name) {
		return true
	}
	i := 0
	for _, coding := range codings {
		name := siblingName(e.plain.name, coding)
		if i < len(e.siblings) && e.siblings[i].coding == coding {
			if !unchanged(files, e.siblings[i]) {
				return false
			}
			i++
			continue
		}
		if info, err := fs.Stat(files, name); err == nil && info.Mode().IsRegular() && !info.ModTime().Before(e.plain.info.ModTime()) {
			return false
		}
	}
	return true
}

// release lets go of an entry; the last holder closes its files.
func (e *entry) release() {
	if e.holders.Add(-1) == 0 {
		for f := range e.representations {
			f.close()
		}
	}
}

// asksForPage reports whether a path may stand for the fallback: its last segment
// has no extension.
func asksForPage(path string) bool {
	return strings.IndexByte(path[strings.LastIndexByte(path, '/')+1:], '.') < 0
}
