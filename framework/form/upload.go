package form

import (
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/dewar-go/dewar/gateway"
)

// An Upload is a file that came in a form. It is open until the request is over:
// save it, or read it, before.
type Upload struct {
	Name        string // of the field
	Filename    string // as the client named it: see framework.SecureFilename before using it; "" where none was chosen
	ContentType string // as the client said, which may be wrong; "" where it did not
	Header      gateway.Header
	Size        int64

	content []byte   // instead of file
	file    *os.File // of the form's spool, where it has this upload from offset on
	offset  int64
}

// A File is an open upload: it can be read from anywhere, by several at once each
// with its own.
type File interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	io.WriterTo
}

// Open returns the content from its beginning. It need not be closed, and is borrowed
// until the request is over.
func (u *Upload) Open() File {
	if u.file == nil {
		return bytes.NewReader(u.content)
	}
	return section{io.NewSectionReader(u.file, u.offset, u.Size)}
}

// section is a part of a file that can be copied without a buffer of its own.
type section struct{ *io.SectionReader }

func (s section) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, s.SectionReader) }

// Save writes the content to a new file of that name, which umask decides who may
// read. A file that is there already is an error, os.ErrExist: a client's name must
// not replace what another one stored. What was written is removed after an error.
func (u *Upload) Save(name string) error {
	to, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = u.Open().WriteTo(to)
	if err = errors.Join(err, to.Close()); err != nil {
		_ = os.Remove(name)
	}
	return err
}

// Empty reports whether the user chose no file: browsers send the field all the same.
func (u *Upload) Empty() bool { return u.Filename == "" && u.Size == 0 }

// readFile reads a file: up to most bytes into memory, or all into the spool.
func readFile(p *Part, most int64, spool *spool) (*Upload, error) {
	u := &Upload{Name: p.Name, Filename: p.Filename, ContentType: p.ContentType, Header: p.Header}
	w := &uploadWriter{upload: u, most: most, spool: spool}
	var err error
	if u.Size, err = p.WriteTo(w); err != nil {
		return nil, err
	}
	u.content = w.memory.Bytes()
	return u, nil
}

// An uploadWriter takes an upload's content.
type uploadWriter struct {
	upload *Upload
	most   int64
	memory bytes.Buffer // until it would have more than most
	spool  *spool
}

// Write keeps p in memory, or moves on to the spool.
func (w *uploadWriter) Write(p []byte) (int, error) {
	u := w.upload
	if u.file == nil && int64(w.memory.Len()+len(p)) <= w.most {
		return w.memory.Write(p)
	}
	if u.file == nil {
		u.offset = w.spool.size
		if _, err := w.spool.Write(w.memory.Bytes()); err != nil {
			return 0, err
		}
		u.file, w.memory = w.spool.file, bytes.Buffer{}
	}
	return w.spool.Write(p)
}

// A spool is the temporary file that all large uploads of a form share, one behind
// the other: a client that sends a thousand of them takes one descriptor, and not a
// thousand (mime/multipart, CVE-2022-41725). The zero value but for its folder is ready.
type spool struct {
	folder string
	file   *os.File // nil: nothing was written; nameless where the system lets an open file be removed
	remove string   // its name where it does not
	size   int64
}

// Write appends p.
func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil {
		if err := s.create(); err != nil {
			return 0, err
		}
	}
	n, err := s.file.Write(p)
	s.size += int64(n)
	return n, err
}

// create makes the file. It has no name any more as soon as it is open, so that even a
// killed process leaves nothing behind; Windows does not let that happen, and there it
// is removed when it is closed.
func (s *spool) create() (err error) {
	if s.file, err = os.CreateTemp(s.folder, "dewar-upload-*"); err != nil {
		return err
	}
	if os.Remove(s.file.Name()) != nil {
		s.remove = s.file.Name()
	}
	return nil
}

func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if s.remove != "" {
		err = errors.Join(err, os.Remove(s.remove))
	}
	return err
}

var errBounded = errors.New("form: more than the bound")

// bounded lets most bytes through to w.
type bounded struct {
	w    io.Writer
	most int64
}

func (b *bounded) Write(p []byte) (int, error) {
	if int64(len(p)) > b.most {
		return 0, errBounded
	}
	b.most -= int64(len(p))
	return b.w.Write(p)
}
