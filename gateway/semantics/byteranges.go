package semantics

import (
	"crypto/rand"
	"strings"
)

// ByteRanges is the frame around several parts of some content, each with its head:
// multipart/byteranges (RFC 9110 §14.6). What is sent is Heads[0], the first part,
// Heads[1], the second, ..., Tail.
type ByteRanges struct {
	ContentType string
	Heads       []string
	Tail        string
	Length      int64 // of all of it, the parts included
}

// FrameRanges makes the frame of the spans of content of that size and media type.
func FrameRanges(spans []Span, size int64, mediaType string) ByteRanges {
	boundary := rand.Text() // 130 bits: it does not occur in the content
	r := ByteRanges{ContentType: "multipart/byteranges; boundary=" + boundary, Tail: "\r\n--" + boundary + "--\r\n"}
	start := "--" + boundary
	for _, span := range spans {
		var b strings.Builder
		b.WriteString(start)
		if mediaType != "" {
			b.WriteString("\r\nContent-Type: " + mediaType)
		}
		b.WriteString("\r\nContent-Range: " + span.ContentRange(size) + "\r\n\r\n")
		r.Heads = append(r.Heads, b.String())
		r.Length += int64(b.Len()) + span.Len()
		start = "\r\n--" + boundary
	}
	r.Length += int64(len(r.Tail))
	return r
}
