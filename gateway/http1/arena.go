package http1

import (
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// An arena hands out the memory of request strings and fields from chunks that are
// never written twice: what it has handed out stays as it is for ever, and a chunk
// lives as long as the last string or field of it that somebody keeps. Requests of
// browsers cost it about one allocation in five.
//
// Arenas are pooled, not kept by connections: an idle connection then holds no
// half-used chunk, and connections that carry one request share chunks.
type arena struct {
	text   strings.Builder // its capacity is the chunk: it never grows beyond
	fields []gateway.Field // the free rest of the chunk
}

const (
	textChunk  = 8 << 10 // bytes: what a kept string can hold in memory at most
	fieldChunk = 128     // fields: 4 KiB
)

// string returns b as a string of the arena.
func (a *arena) string(b []byte) string {
	if len(b) > textChunk/4 { // its own memory: the rest of a chunk is not thrown away for it
		return string(b)
	}
	if a.text.Cap()-a.text.Len() < len(b) {
		a.text.Reset()
		a.text.Grow(textChunk)
	}
	start := a.text.Len()
	a.text.Write(b)
	return a.text.String()[start:]
}

// header returns n fields of the arena, to be written once by the caller. Its
// capacity is n: an append by the application copies.
func (a *arena) header(n int) gateway.Header {
	if n == 0 {
		return nil
	}
	if n > fieldChunk/4 {
		return make(gateway.Header, n)
	}
	if len(a.fields) < n {
		a.fields = make([]gateway.Field, fieldChunk)
	}
	h := a.fields[:n:n]
	a.fields = a.fields[n:]
	return h
}
