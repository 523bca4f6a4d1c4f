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
	file    *os.File // temporary, and nameless where the system lets an open file be removed
	remove  string   // its name where it does not
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
	return section{io.NewSectionReader(u.file, 0, u.Size)}
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

func (u *Upload) close() error {
	if u.file == nil {
		return nil
	}
	err := u.file.Close()
	if u.remove != "" {
		err = errors.Join(err, os.Remove(u.remove))
	}
	return err
}

// spoolPart reads a file: up to most bytes into memory, or all into a temporary file.
func spoolPart(p *Part, most int64, folder string) (u *Upload, err error) {
	u = &Upload{Name: p.Name, Filename: p.Filename, ContentType: p.ContentType, Header: p.Header}
	s := &spool{most: most, folder: folder, upload: u}
	u.Size, err = p.WriteTo(s)
	if err != nil {
		_ = u.close()
		return nil, err
	}
	u.content = s.memory.Bytes()
	return u, nil
}

// A spool is where an upload is written to.
type spool struct {
	most   int64
	folder string
	memory bytes.Buffer
	upload *Upload
}

// Write keeps p in memory, or moves on to a file.
func (s *spool) Write(p []byte) (int, error) {
	u := s.upload
	if u.file == nil && int64(s.memory.Len()+len(p)) <= s.most {
		return s.memory.Write(p)
	}
	if u.file == nil {
		if err := s.toFile(); err != nil {
			return 0, err
		}
	}
	return u.file.Write(p)
}

// toFile moves what is there to a temporary file. It has no name any more as soon as
// it is open, so that even a killed process leaves nothing behind; Windows does not
// let that happen, and there it is removed when it is closed.
func (s *spool) toFile() error {
	f, err := os.CreateTemp(s.folder, "dewar-upload-*")
	if err != nil {
		return err
	}
	s.upload.file = f
	if os.Remove(f.Name()) != nil {
		s.upload.remove = f.Name()
	}
	_, err = f.Write(s.memory.Bytes())
	s.memory = bytes.Buffer{}
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
