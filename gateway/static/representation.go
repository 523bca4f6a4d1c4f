package static

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
	"github.com/dewar-go/dewar/internal/poison"
)

// A representation is a file as it is sent, or a compressed sibling of it (RFC 9110
// §3.2). It is shared read-only.
type representation struct {
	files      fs.FS
	name       string
	coding     string // "": none
	file       *os.File
	content    []byte    // instead of file: small
	source     io.Reader // instead of either: borrowed
	info       fs.FileInfo
	size       int64
	validators semantics.Validators
	header     gateway.Header // all but Content-Length
}

var errNotRegular = errors.New("static: not a regular file")

// open opens a file and learns all about it but its header. keep is how much content
// may be held in memory.
func open(files fs.FS, name string, keep int64) (*representation, error) {
	if info, err := fs.Stat(files, name); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() { // opening a pipe would wait for its other end
		return nil, errNotRegular
	}
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	r, err := read(files, name, f, keep)
	if err != nil || r.file == nil {
		_ = f.Close()
	}
	return r, err
}

func read(files fs.FS, name string, f fs.File, keep int64) (*representation, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	r := &representation{files: files, name: name, info: info, size: info.Size()}
	r.file, _ = f.(*os.File)
	most := int64(smallFile)
	if r.frozen() {
		r.file, most = nil, frozenFile
	}
	if r.size <= min(most, keep) {
		if r.content, err = readAll(f, r.size); err != nil {
			return nil, err
		}
		r.file = nil
	}
	r.validators = semantics.Validators{Modified: info.ModTime(), ETag: statTag(info)}
	if r.frozen() {
		r.validators = semantics.Validators{}
		r.validators.ETag, err = r.contentTag(f)
	}
	return r, err
}

// frozen reports whether the file cannot change: it has no modification time, as in
// embed.FS.
func (r *representation) frozen() bool { return r.info.ModTime().IsZero() }

func readAll(f io.Reader, size int64) ([]byte, error) {
	content := make([]byte, size)
	if _, err := io.ReadFull(f, content); err != nil {
		return nil, err
	}
	return content, nil
}

// statTag makes a strong tag of what a change changes: time, to the nanosecond, and
// size. nginx and Apache do the same.
func statTag(info fs.FileInfo) semantics.ETag {
	b := make([]byte, 0, 40)
	b = append(b, '"')
	b = strconv.AppendInt(b, info.ModTime().UnixNano(), 36)
	b = append(b, '-')
	b = strconv.AppendInt(b, info.Size(), 36)
	return semantics.ETag(append(b, '"'))
}

// contentTag makes a tag of the content where there is no time, and remembers that of
// an embedded file: f has been read as far as r.content tells.
func (r *representation) contentTag(f fs.File) (semantics.ETag, error) {
	if r.content != nil {
		return semantics.ContentETag(r.content), nil
	}
	if !embedded(f, r.info) {
		return hash(f)
	}
	if tag := digest(r.info); tag != "" {
		return tag, nil
	}
	tag, err := hash(f)
	if err == nil {
		remember(r.info, tag)
	}
	return tag, err
}

func hash(f io.Reader) (semantics.ETag, error) {
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return semantics.StrongETag(base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])), nil
}

// as makes r the representation in that coding, which needs a tag of its own (RFC
// 9110 §8.8.3.3).
func (r *representation) as(coding string) {
	r.coding = coding
	if coding != "" {
		r.validators.ETag = semantics.StrongETag(r.validators.ETag.Opaque() + "-" + coding)
	}
}

// close closes the file. Content that is being sent stays.
func (r *representation) close() {
	if r.file != nil {
		_ = r.file.Close()
	}
}

// send answers with the file, or with what conditions and ranges make of it. hot path
func (r *representation) send(x *gateway.Exchange) error {
	a := &x.Response
	r.describe(&a.Header)
	switch semantics.Evaluate(&x.Request, r.validators) {
	case 304:
		semantics.NotModified(a)
		return nil
	case 412:
		a.Header = nil
		return &gateway.StatusError{Status: 412, Reason: "the file is not in the state that the request demands", Section: "RFC 9110 §13.1"}
	}
	status, spans := semantics.Select(&x.Request, r.validators, r.size)
	switch {
	case status == 416:
		refuseRange(a, r.size)
		return nil
	case len(spans) == 1:
		a.Header.Set("Content-Range", spans[0].ContentRange(r.size))
	case len(spans) > 1:
		a.Status = status
		return r.sendParts(x, spans)
	default:
		spans = append(spans, semantics.Span{End: r.size})
	}
	a.Status = status
	if x.Request.Method == "HEAD" {
		a.Header.Set("Content-Length", strconv.FormatInt(spans[0].Len(), 10))
		return nil
	}
	return r.sendSpan(x, spans[0])
}

// describe adds the header. What was set before stays where the representation
// says nothing about it. hot path
func (r *representation) describe(h *gateway.Header) {
	if len(*h) == 0 {
		*h = append(*h, r.header...)
		return
	}
	for _, f := range r.header {
		if f.Name == "Vary" {
			semantics.AddVary(h, f.Value)
		} else {
			h.Set(f.Name, f.Value)
		}
	}
}

// refuseRange answers 416, which says how much there is (RFC 9110 §15.5.17).
func refuseRange(a *gateway.Response, size int64) {
	a.Status = 416
	a.Header = gateway.Header{{Name: "Content-Range", Value: semantics.UnsatisfiedRange(size)}, {Name: "Content-Type", Value: "text/plain; charset=utf-8"}}
	a.Body = []byte("416 Range Not Satisfiable\n")
}

// sendSpan sends a part, or all.
func (r *representation) sendSpan(x *gateway.Exchange, s semantics.Span) error {
	switch {
	case r.content != nil:
		x.Response.Body = r.content[s.Start:s.End]
		return nil
	case r.file != nil:
		return x.SendFile(r.file, s.Start, s.Len())
	}
	x.Response.Header.Set("Content-Length", strconv.FormatInt(s.Len(), 10))
	return r.copySpan(x, s)
}

// sendParts sends several parts in a frame (RFC 9110 §14.6).
func (r *representation) sendParts(x *gateway.Exchange, spans []semantics.Span) error {
	frame := semantics.FrameRanges(spans, r.size, r.header.Value("Content-Type"))
	x.Response.Header.Set("Content-Type", frame.ContentType)
	x.Response.Header.Set("Content-Length", strconv.FormatInt(frame.Length, 10))
	for i, s := range spans {
		if _, err := x.WriteString(frame.Heads[i]); err != nil {
			return err
		}
		if err := r.writeSpan(x, s); err != nil {
			return err
		}
	}
	_, err := x.WriteString(frame.Tail)
	return err
}

func (r *representation) writeSpan(x *gateway.Exchange, s semantics.Span) error {
	switch {
	case r.content != nil:
		_, err := x.Write(r.content[s.Start:s.End])
		return err
	case r.file != nil:
		return x.SendFile(r.file, s.Start, s.Len())
	}
	return r.copySpan(x, s)
}

// buffers are for files that are neither in memory nor of the operating system.
var buffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// copySpan opens the file anew, since its reader may have one position only, and
// copies.
func (r *representation) copySpan(x *gateway.Exchange, s semantics.Span) error {
	if r.source != nil {
		return copyFrom(x, r.source, s)
	}
	f, err := r.files.Open(r.name)
	if err != nil {
		return err
	}
	defer f.Close()
	return copyFrom(x, f, s)
}

func copyFrom(x *gateway.Exchange, f io.Reader, s semantics.Span) error {
	buf := buffers.Get().(*[64 << 10]byte)
	defer func() {
		poison.Bytes(buf[:])
		buffers.Put(buf)
	}()
	var err error
	if at, ok := f.(io.Seeker); ok {
		_, err = at.Seek(s.Start, io.SeekStart)
	} else {
		_, err = io.CopyN(io.Discard, f, s.Start)
	}
	if err != nil {
		return err
	}
	n, err := io.CopyBuffer(writer{x}, io.LimitReader(f, s.Len()), buf[:])
	if err == nil && n < s.Len() {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// writer hides the other methods of an Exchange from io.Copy.
type writer struct{ x *gateway.Exchange }

func (w writer) Write(p []byte) (int, error) { return w.x.Write(p) }

// siblingName is where the compressed form of a file stands.
func siblingName(name, coding string) string { return name + codingExtensions[coding] }

// codings are those of siblings, in the order in which they are preferred; all
// browsers read the last two, and the last is what everything else reads.
var codings = [...]string{"zstd", "br", "gzip"}

var codingExtensions = map[string]string{"zstd": ".zst", "br": ".br", "gzip": ".gz"}

// isCompressed reports whether a file is a compressed form itself, which has no
// siblings.
func isCompressed(name string) bool {
	for _, ext := range codingExtensions {
		if strings.HasSuffix(name, ext) {
			return true
		}
	}
	return false
}
