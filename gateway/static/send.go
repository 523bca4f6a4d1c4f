package static

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// Options say how one file is sent. The zero value is useful.
type Options struct {
	// Name is what the client is to call the file; "" means its own name.
	Name string
	// Attachment asks the client to save the file instead of showing it.
	Attachment bool
	// MediaType is that of the content; "" means what the name tells. Of a file that
	// is named page.html.gz it tells two things: HTML, with the coding gzip, unless
	// the file is an attachment, which is to be saved as it is.
	MediaType string
	// MaxAge is how long clients and caches may use the file without asking; 0 means
	// that they ask each time.
	MaxAge time.Duration
	// ETag tells the file's states from each other; "" means by time and size.
	ETag semantics.ETag
	// Modified is when the file was changed; zero means what the file says.
	Modified time.Time
	// Front asks the server in front to send the file itself: X-Accel-Redirect with an
	// internal address to nginx, X-Sendfile with a path to Apache and lighttpd. The
	// answer then has no content, and validators and ranges are that server's. The
	// file must be there all the same.
	Front gateway.Field

	shown bool // Name is the file's own, which the client knows from the URL
}

// SendFile answers with one file of an fs.FS, heeding conditions and ranges. The
// error for a name that leads to no file, or out of an os.Root, is a
// *gateway.StatusError with 404. A file that may not be read is the program's trouble:
// its error is returned as it is. name is the program's own: what a client names is
// for a Handler.
func SendFile(x *gateway.Exchange, files fs.FS, name string, o Options) error {
	r, err := open(files, name, 0)
	if err != nil {
		if leadsNowhere(err) {
			return &gateway.StatusError{Status: 404, Err: err}
		}
		return err
	}
	defer r.close()
	if o.Name == "" {
		o.Name = path.Base(name)
		o.shown = true
	}
	return r.sendWith(x, o)
}

// leadsNowhere reports whether an error of opening a file means that there is none of
// that name. What may not be read is there.
func leadsNowhere(err error) bool {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return false
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errNotRegular), errors.Is(err, fs.ErrInvalid), absent(err):
		return true
	}
	return strings.Contains(err.Error(), "path escapes from parent") // os.Root's, which has no name as of Go 1.26
}

// SendContent answers with content of that size as a file is sent. content is
// borrowed until it returns; where it is no io.Seeker, it is read from where it
// stands. Without a Modified and an ETag in o there are no conditions.
func SendContent(x *gateway.Exchange, content io.Reader, size int64, o Options) error {
	r := &representation{source: content, size: size}
	return r.sendWith(x, o)
}

func (r *representation) sendWith(x *gateway.Exchange, o Options) error {
	if o.ETag != "" {
		r.validators.ETag = o.ETag
	}
	if !o.Modified.IsZero() {
		r.validators.Modified = o.Modified
	}
	media, coding := o.mediaType()
	add := func(name, value string) {
		if value != "" {
			r.header.Add(name, value)
		}
	}
	add("Content-Type", media)
	add("Content-Encoding", coding)
	add("Content-Disposition", o.disposition())
	add("X-Content-Type-Options", "nosniff")
	if o.MaxAge > 0 {
		add("Cache-Control", semantics.CacheControl{Public: true, MaxAge: o.MaxAge}.String())
		add("Expires", semantics.FormatDate(time.Now().Add(o.MaxAge)))
	} else {
		add("Cache-Control", "no-cache")
	}
	if o.Front.Name != "" {
		add(o.Front.Name, o.Front.Value)
		r.describe(&x.Response.Header)
		x.Response.Status, x.Response.Body = 200, []byte{}
		return nil
	}
	add("ETag", string(r.validators.ETag))
	add("Accept-Ranges", "bytes")
	if m := r.validators.Modified; !m.IsZero() {
		add("Last-Modified", semantics.FormatDate(m))
	}
	return r.send(x)
}

// mediaType returns what the name tells of the content.
func (o Options) mediaType() (media, coding string) {
	if o.MediaType != "" {
		return o.MediaType, ""
	}
	if !o.Attachment {
		for _, coding := range codings {
			if inner, ok := strings.CutSuffix(o.Name, codingExtensions[coding]); ok && MediaType(inner) != unknownType {
				return MediaType(inner), coding
			}
		}
	}
	return MediaType(o.Name), ""
}

func (o Options) disposition() string {
	switch {
	case o.Attachment:
		return semantics.Disposition("attachment", o.Name)
	case o.Name != "" && !o.shown:
		return semantics.Disposition("inline", o.Name)
	}
	return ""
}
