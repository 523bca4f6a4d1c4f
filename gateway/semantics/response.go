package semantics

import "github.com/dewar-go/dewar/gateway"

// Apply makes of a whole answer to GET or HEAD what the request's conditions and
// ranges ask for, by the ETag and Last-Modified that the answer has: 304 or 412
// without content, 206 with the parts, 416, or what it was. With ranges false no
// ranges are offered. Answers that are not 200, and those to other methods, whose
// effect has happened already, stay as they are; before such a method see Evaluate.
//
// The header is changed in place. Content is only cut, never copied, but for several
// parts.
func Apply(r *gateway.Request, a *gateway.Response, ranges bool) {
	if a.Status != 0 && a.Status != 200 || r.Method != "GET" && r.Method != "HEAD" {
		return
	}
	v := ValidatorsOf(a.Header)
	switch Evaluate(r, v) {
	case 304:
		NotModified(a)
		return
	case 412:
		*a = gateway.Response{Status: 412, Header: errorHeader(a.Header), Close: a.Close}
		return
	}
	if !ranges {
		return
	}
	size := int64(len(a.Body))
	status, spans := Select(r, v, size)
	if status == 416 {
		header := errorHeader(a.Header)
		header.Set("Content-Range", UnsatisfiedRange(size))
		*a = gateway.Response{Status: 416, Header: header, Close: a.Close}
		return
	}
	a.Header.Set("Accept-Ranges", "bytes")
	if status == 206 {
		cut(a, spans, size)
	}
}

// cut makes 206 of an answer.
func cut(a *gateway.Response, spans []Span, size int64) {
	a.Status = 206
	a.Header.Del("Content-Length")
	if len(spans) == 1 {
		a.Header.Set("Content-Range", spans[0].ContentRange(size))
		a.Body = a.Body[spans[0].Start:spans[0].End]
		return
	}
	frame := FrameRanges(spans, size, a.Header.Value("Content-Type"))
	a.Header.Set("Content-Type", frame.ContentType)
	body := make([]byte, 0, frame.Length)
	for i, span := range spans {
		body = append(body, frame.Heads[i]...)
		body = append(body, a.Body[span.Start:span.End]...)
	}
	a.Body = append(body, frame.Tail...)
}

// ValidatorsOf reads ETag and Last-Modified of a response.
func ValidatorsOf(h gateway.Header) Validators {
	v := Validators{ETag: ParseETag(h.Value("ETag"))}
	v.Modified, _ = parseField(h, "Last-Modified")
	return v
}

// NotModified makes 304 of an answer: no content, and of its fields not those that
// describe the content. Last-Modified stays where it is the only validator (RFC 9110
// §15.4.5).
func NotModified(a *gateway.Response) {
	a.Status, a.Body = 304, nil
	for _, name := range [...]string{"Content-Type", "Content-Length", "Content-Encoding", "Content-Language", "Content-Range"} {
		a.Header.Del(name)
	}
	if a.Header.Has("ETag") {
		a.Header.Del("Last-Modified")
	}
}

// errorHeader leaves out what describes content that is not sent.
func errorHeader(h gateway.Header) gateway.Header {
	for _, name := range [...]string{
		"Content-Type", "Content-Length", "Content-Encoding", "Content-Language", "Content-Disposition",
		"Cache-Control", "Expires", "ETag", "Last-Modified", "Accept-Ranges",
	} {
		h.Del(name)
	}
	return h
}
