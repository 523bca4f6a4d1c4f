package framework

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dewar-go/dewar/framework/form"
	"github.com/dewar-go/dewar/gateway"
)

// An incoming is what a Context knows of the request's content.
type incoming struct {
	limits Limits // zero until somebody asks for the content
	data   []byte // the content, once it was read whole; nil before
	taken  bool   // it is being read, or was, in another way
	parsed bool   // form and files are, or formErr says why not
	form   *form.Form
	err    error // of the form
}

func (c *Context) incoming() *incoming {
	c.exchange()
	if c.content.limits == (Limits{}) {
		c.content.limits = c.app.app.Limits.or(defaultLimits)
	}
	return &c.content
}

// errTaken says that content that is not kept is asked for twice.
var errTaken = errors.New("framework: the content of the request was read already, as a stream or a multipart form, which is not kept; call Data before")

// Data returns the content of the request, which is read at the first call and kept:
// forms and Bind can follow. It is shared read-only. More than MaxContentLength is an
// *Error with 413.
func (c *Context) Data() ([]byte, error) { return c.read(c.incoming().limits.MaxContentLength) }

// read reads the content whole, no more than most bytes unless that is negative.
func (c *Context) read(most int64) ([]byte, error) {
	in := c.incoming()
	if in.data != nil {
		if most >= 0 && int64(len(in.data)) > most {
			return nil, tooLarge(most)
		}
		return in.data, nil
	}
	if in.taken {
		return nil, errTaken
	}
	data, err := readBody(c.x, most)
	in.taken = err != nil || len(data) > 0
	if err == nil {
		in.data = data
	}
	return data, err
}

// Stream returns a reader of the request's content as it comes, which fails with an
// *Error with 413 after MaxContentLength bytes. What it reads is not kept. Borrowed
// until the handler returns.
func (c *Context) Stream() io.Reader {
	in := c.incoming()
	if in.data != nil {
		return bytes.NewReader(in.data)
	}
	in.taken = true
	return &stream{c.x, in.limits.MaxContentLength, in.limits.MaxContentLength}
}

// A stream is content up to a limit; a negative one is none.
type stream struct {
	x    *gateway.Exchange
	left int64
	most int64
}

func (s *stream) Read(p []byte) (int, error) {
	if s.most < 0 {
		return s.x.Read(p)
	}
	if s.x.Request.Length > s.most {
		return 0, tooLarge(s.most)
	}
	if int64(len(p)) > s.left+1 { // one more shows that there is more
		p = p[:s.left+1]
	}
	n, err := s.x.Read(p)
	if int64(n) > s.left {
		n, s.left = int(s.left), 0 // who reads on gets nothing more
		return n, tooLarge(s.most)
	}
	s.left -= int64(n)
	return n, err
}

// readBody reads the content of the request, which is never nil.
func readBody(x *gateway.Exchange, most int64) ([]byte, error) {
	length := x.Request.Length
	if most >= 0 && length > most {
		return nil, tooLarge(most)
	}
	if length < 0 {
		body, err := io.ReadAll(&stream{x, most, most})
		if body == nil {
			body = []byte{}
		}
		return body, err
	}
	if length == 0 {
		return []byte{}, nil
	}
	body := make([]byte, 0, min(length, firstRead))
	for {
		if len(body) == cap(body) { // what is announced is not believed: memory grows with what comes
			body = append(body, 0)[:len(body)]
		}
		n, err := x.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if int64(len(body)) == length && (err == nil || err == io.EOF) {
			return body, nil
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, fmt.Errorf("framework: body ends after %d of %d bytes: %w", len(body), length, err)
		}
	}
}

// firstRead is how much memory an announced length is worth at once.
const firstRead = 1 << 20

const (
	urlencodedType = "application/x-www-form-urlencoded"
	multipartType  = "multipart/form-data"
)

// mediaType is the Content-Type without its parameters.
func (c *Context) mediaType() string {
	media, _, _ := strings.Cut(c.Request().Header.Value("Content-Type"), ";")
	return strings.Trim(media, " \t")
}

// ParseForm reads the form in the request's content, urlencoded or multipart, with
// any method; nothing where the content is something else. Form, Files and Values call
// it, and end the request with its error, as Bind does. Only the first call reads. The
// error is an *Error where the client is to blame: 413 above a limit, 400 for what is
// malformed.
func (c *Context) ParseForm() error {
	in := c.incoming()
	if in.parsed {
		return in.err
	}
	in.parsed = true
	switch media := c.mediaType(); {
	case gateway.EqualFold(media, urlencodedType):
		in.form, in.err = c.readURLEncoded(in)
	case gateway.EqualFold(media, multipartType):
		in.form, in.err = c.readMultipart(in)
	default:
		in.form = &form.Form{}
	}
	return in.err
}

func (c *Context) readURLEncoded(in *incoming) (*form.Form, error) {
	most := in.limits.MaxFormMemory
	if m := in.limits.MaxContentLength; m >= 0 && (most < 0 || m < most) {
		most = m
	}
	data, err := c.read(most)
	if err != nil {
		return nil, blame(err)
	}
	fields, ok := form.Parse(string(data), in.limits.MaxFormParts)
	if !ok {
		return nil, Abort(413, fmt.Sprintf("The form has more than %d fields.", in.limits.MaxFormParts))
	}
	return &form.Form{Fields: fields}, nil
}

func (c *Context) readMultipart(in *incoming) (*form.Form, error) {
	r, err := c.FormParts()
	if err != nil {
		return nil, err
	}
	l := in.limits
	f, err := form.Read(r, form.Limits{MaxParts: l.MaxFormParts, MaxMemory: l.MaxFormMemory, SpoolSize: l.SpoolSize, Folder: l.UploadFolder})
	if err != nil {
		return nil, blame(err)
	}
	if len(f.Files) > 0 {
		c.x.OnFinish(func(gateway.Outcome) { _ = f.Close() }) // nothing can be done about files that do not close
	}
	return f, nil
}

// FormParts returns a reader of the parts of a multipart form as they come, for
// uploads that are to be held neither in memory nor in files. What it reads is not
// kept, and only the limits on the whole content and the number of parts apply. It is
// borrowed until the handler returns. A request without such a form gets 415. What the
// reader says is wrong with the form is best returned as it is: 400, or 413.
func (c *Context) FormParts() (*form.Reader, error) {
	if !gateway.EqualFold(c.mediaType(), multipartType) {
		return nil, &Error{Status: 415, Description: "The content must be " + multipartType + ".", Header: gateway.Header{{Name: "Accept", Value: multipartType}}}
	}
	in := c.incoming()
	if in.taken && in.data == nil {
		return nil, errTaken
	}
	if most := in.limits.MaxContentLength; most >= 0 && c.x.Request.Length > most {
		return nil, tooLarge(most)
	}
	r, err := form.NewReader(c.Stream(), c.x.Request.Header.Value("Content-Type"), in.limits.MaxFormParts)
	if err != nil {
		return nil, blame(err)
	}
	return r, nil
}

// blame makes an *Error of one that is the client's doing.
func blame(err error) error {
	if e := httpError(err); e != nil { // 408 of the server among them
		return e
	}
	if errors.Is(err, gateway.ErrGone) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{Status: 400, Description: "The content of the request ended early.", Err: err}
	}
	return err
}

// formError returns the response to a form that breaks the rules or a limit, nil for
// any other error.
func formError(err error) *Error {
	if malformed, ok := errors.AsType[*form.MalformedError](err); ok {
		return &Error{Status: 400, Description: "The form is malformed: " + malformed.Reason + ".", Err: err}
	}
	if limit, ok := errors.AsType[*form.LimitError](err); ok {
		return &Error{Status: 413, Description: "The form is too large: " + limit.Reason + ".", Err: err}
	}
	return nil
}

// parsedForm returns the form, or ends the request.
func (c *Context) parsedForm() *form.Form {
	if err := c.ParseForm(); err != nil {
		panic(err)
	}
	return c.content.form
}

// Form returns the fields of the form in the request's content, which is read at the
// first call: see ParseForm. What is wrong with it ends the request.
func (c *Context) Form() Values { return c.parsedForm().Fields }

// Files returns the files of the form, as Form does the fields. They are gone when
// the request is over.
func (c *Context) Files() Files { return c.parsedForm().Files }

// Values returns the parameters of the query and then, but for GET and HEAD, the
// fields of the form.
func (c *Context) Values() Values {
	values := c.Query()
	if method := c.x.Request.Method; method != "GET" && method != "HEAD" {
		values = append(values[:len(values):len(values)], c.Form()...)
	}
	return values
}

// An Upload is a file of a form.
type Upload = form.Upload

// Files are the files of a form in the order in which they came; several may have the
// same name. Shared read-only.
type Files []*Upload

// File returns the first file of that name that the user chose, nil where there is
// none: browsers send a field of type file also where none was chosen.
func (f Files) File(name string) *Upload {
	for u := range f.All(name) {
		return u
	}
	return nil
}

// Require returns the first file of that name that the user chose. Where there is none
// it ends the request with 400, which names it.
func (f Files) Require(name string) *Upload {
	u := f.File(name)
	if u == nil {
		panic(Abort(400, fmt.Sprintf("The request lacks the file %q.", name)))
	}
	return u
}

// All yields the files of that name that the user chose, in order.
func (f Files) All(name string) func(yield func(*Upload) bool) {
	return func(yield func(*Upload) bool) {
		for _, u := range f {
			if u.Name == name && !u.Empty() && !yield(u) {
				return
			}
		}
	}
}
