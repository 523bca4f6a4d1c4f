package framework

import "github.com/dewar-go/dewar/framework/form"

// Limits bound what a request may send. They are App.Limits for all requests, and
// those of Limit or c.SetLimits for some; a field that is 0 means the application's,
// and there the default. What is larger is answered with 413 (RFC 9110 §15.5.14).
type Limits struct {
	// MaxContentLength is how many bytes the content may have, however it is read
	// but by c.Exchange; the default is DefaultMaxContentLength. Negative: no limit.
	// Bind bounds JSON and urlencoded forms further, by App.Input.MaxBody.
	MaxContentLength int64
	// MaxFormMemory is how many bytes a field of a form may have that is no file; an
	// urlencoded form may have as many as a whole. The default is
	// form.DefaultMaxMemory.
	MaxFormMemory int64
	// MaxFormParts is how many fields and files a form may have; the default is
	// form.DefaultMaxParts.
	MaxFormParts int
	// SpoolSize is up to where an upload is kept in memory; the default is
	// form.DefaultSpoolSize.
	SpoolSize int64
	// UploadFolder is where larger ones are kept while the request lasts; "" means
	// the system's folder for temporary files.
	UploadFolder string
}

// DefaultMaxContentLength is MaxContentLength where nobody says another one, in
// bytes. Precedent: Flask's documentation sets 16 MB; nginx has 1 MB.
const DefaultMaxContentLength = 16 << 20

// or fills what l leaves open.
func (l Limits) or(other Limits) Limits {
	if l.MaxContentLength == 0 {
		l.MaxContentLength = other.MaxContentLength
	}
	if l.MaxFormMemory == 0 {
		l.MaxFormMemory = other.MaxFormMemory
	}
	if l.MaxFormParts == 0 {
		l.MaxFormParts = other.MaxFormParts
	}
	if l.SpoolSize == 0 {
		l.SpoolSize = other.SpoolSize
	}
	if l.UploadFolder == "" {
		l.UploadFolder = other.UploadFolder
	}
	return l
}

var defaultLimits = Limits{
	MaxContentLength: DefaultMaxContentLength, MaxFormMemory: form.DefaultMaxMemory,
	MaxFormParts: form.DefaultMaxParts, SpoolSize: form.DefaultSpoolSize,
}

// Limit is a decorator that gives a route limits of its own:
//
//	app.Post("/videos", upload, framework.Limit(framework.Limits{MaxContentLength: 2 << 30}))
func Limit(l Limits) Decorator {
	return func(h Handler) Handler {
		return func(c *Context) error {
			c.SetLimits(l)
			return h(c)
		}
	}
}

// SetLimits changes the limits for the rest of this request.
func (c *Context) SetLimits(l Limits) {
	in := c.incoming()
	in.limits = l.or(in.limits)
}
