package http1

import (
	"unsafe"

	"github.com/dewar-go/dewar/gateway"
)

// mostRevisions is after how many a section is read again and becomes the one to compare
// with: what has changed once and stays so is copied for each of them.
const mostRevisions = 32

// revise reads the header section at the start of buf as a revision of l's: the same
// fields in the same order, some of them with other values, as cookies and conditions
// have. Lines that are the same keep their strings, and only the new values are judged
// and copied: a third of the time and memory of reading all. n is the section's length,
// or 0 where it is not all there, or is no revision, or changes what steers the
// connection, or is at fault; then it has to be read, and nothing is lost.
//
//	was      Host: x ␍␊ Cookie: a=1 ␍␊ Accept: */* ␍␊ ␍␊
//	is       Host: x ␍␊ Cookie: a=22 ␍␊ Accept: */* ␍␊ ␍␊
//	         the same   name the same   the same       the end of both
//
// hot path
func (l *previous) revise(buf []byte, w *reading) (n int, h gateway.Header) {
	if l == nil || l.revisions == mostRevisions {
		return 0, nil
	}
	defer w.forgetSpans()
	i := 0
	if l.changed > 0 {
		if before := l.section[:l.offset(l.changed)]; hasPrefix(buf, before) {
			i, n = l.changed, len(before)
		}
	}
	for ; i < len(l.base); i++ {
		line := l.baseLine(i)
		if hasPrefix(buf[n:], line) {
			n += len(line)
			continue
		}
		s, ok := revised(l.base[i].Name, buf, n, w.fields.maxField)
		if !ok {
			return 0, nil
		}
		s.name = i
		if len(w.spans) == 0 {
			l.changed = i // and most likely the next time too
		}
		w.spans = append(w.spans, s)
		n = s.colon
		if behind := l.section[l.offset(i)+len(line):]; hasPrefix(buf[n:], behind) {
			n += len(behind) - len("\r\n")
			break
		}
	}
	if !hasPrefix(buf[n:], "\r\n") || n > w.fields.maxBytes {
		return 0, nil
	}
	l.revisions++
	h = w.arena.header(len(l.base))
	copy(h, l.base)
	for _, s := range w.spans {
		h[s.name].Value = w.arena.string(buf[s.value:s.end])
	}
	return n + len("\r\n"), h
}

// baseLine is line i of the section. The names of its fields were cut from it, so that
// their addresses tell where lines begin; looking for their ends would cost more than
// comparing them.
func (l *previous) baseLine(i int) string {
	begin, end := l.offset(i), len(l.section)-len("\r\n")
	if i+1 < len(l.base) {
		end = l.offset(i + 1)
	}
	return l.section[begin:end]
}

// offset is where line i begins.
func (l *previous) offset(i int) int {
	return int(uintptr(unsafe.Pointer(unsafe.StringData(l.base[i].Name))) - uintptr(unsafe.Pointer(unsafe.StringData(l.section))))
}

// revised reads the line at n as one of that name with another value. The span's colon
// is where the next line begins.
func revised(name string, buf []byte, n, maxField int) (s span, ok bool) {
	colon := n + len(name)
	if steers(name) || !hasPrefix(buf[n:], name) || colon == len(buf) || buf[colon] != ':' {
		return s, false
	}
	s.value = colon + 1
	for s.value < len(buf) && blank(buf[s.value]) {
		s.value++
	}
	s.end = valueEnd(buf, s.value)
	if !hasPrefix(buf[s.end:], "\r\n") || s.end-n > maxField {
		return s, false
	}
	s.colon = s.end + len("\r\n")
	for s.end > s.value && blank(buf[s.end-1]) {
		s.end--
	}
	return s, true
}
