package gatewaytest

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// SendFile (PEP 3333, wsgi.file_wrapper).
var fileRules = []rule{
	{name: "SendFile sends a file with its length", test: func(s *subject) {
		f := s.file("0123456789")
		s.serveFunc(func(x *gateway.Exchange) error {
			x.OnFinish(s.note)
			return x.SendFile(f, 0, -1)
		})
		for range 2 { // the offset of f does not move
			res := s.get("/")
			equal(s, "body", string(res.Body), "0123456789")
			equal(s, "Content-Length", res.Header.Value("Content-Length"), "10")
			equal(s, "Outcome.Bytes", s.outcome().Bytes, 10)
		}
		if at, err := f.Seek(0, io.SeekCurrent); at != 0 || err != nil {
			s.Errorf("the file's own offset is %d, %v", at, err)
		}
	}},
	//spec:application SendFile sends n bytes from an offset on, up to the end where n is negative, after what was written before (PEP 3333, wsgi.file_wrapper). The file's own offset does not count and does not move; the file is not closed.
	{name: "SendFile obeys offset and length", test: func(s *subject) {
		f := s.file("0123456789")
		parts := []struct {
			off, n int64
			want   string
		}{{0, 0, ""}, {0, 1, "0"}, {3, 4, "3456"}, {9, 1, "9"}, {7, -1, "789"}, {10, 0, ""}, {10, -1, ""}}
		s.serveFunc(func(x *gateway.Exchange) error {
			part := parts[len(x.Request.Query)]
			return x.SendFile(f, part.off, part.n)
		})
		for i, part := range parts {
			equal(s, "body", string(s.get("/?"+strings.Repeat("x", i)).Body), part.want)
		}
	}},
	//spec:application SendFile fails before the start where the file does not have so many bytes or is not regular.
	{name: "SendFile fails before the start where the file is too short", test: func(s *subject) {
		f := s.file("0123456789")
		parts := [][2]int64{{0, 11}, {10, 1}, {11, -1}, {11, 0}, {-1, 5}, {-1, -1}, {5, 1<<63 - 1}}
		s.serveFunc(func(x *gateway.Exchange) error {
			part := parts[len(x.Request.Query)]
			return x.SendFile(f, part[0], part[1])
		})
		for i := range parts {
			equal(s, "status", s.get("/?"+strings.Repeat("x", i)).Status, 500)
		}
	}},
	{name: "SendFile of what is no regular file fails before the start", test: func(s *subject) {
		dir, err := os.Open(s.TempDir())
		if err != nil {
			s.Fatal(err)
		}
		defer dir.Close()
		s.serveFunc(func(x *gateway.Exchange) error { return x.SendFile(dir, 0, -1) })
		equal(s, "status", s.get("/").Status, 500)
		s.stop()
	}},
	{name: "SendFile comes after what was written", test: func(s *subject) {
		f := s.file("file")
		s.serveFunc(func(x *gateway.Exchange) error {
			x.WriteString("before, ")
			if x.Request.Path == "/started" {
				if err := x.Flush(); err != nil {
					return err
				}
				x.WriteString("then, ")
				defer x.WriteString(", after")
			}
			return x.SendFile(f, 0, 4)
		})
		res := s.get("/")
		equal(s, "body", string(res.Body), "before, file")
		equal(s, "Content-Length", res.Header.Value("Content-Length"), "12")
		equal(s, "body", string(s.get("/started").Body), "before, then, file, after")
	}},
	//spec:application Where no length is declared, SendFile ends the content; several parts need their sum as Content-Length.
	{name: "nothing follows SendFile where no length is declared", faulty: true, test: func(s *subject) {
		f := s.file("file")
		s.serveFunc(func(x *gateway.Exchange) error {
			if err := x.SendFile(f, 0, 4); err != nil {
				return err
			}
			x.Flush()
			if _, err := x.WriteString("more"); !errors.Is(err, gateway.ErrLength) {
				s.Errorf("Write after SendFile: %v, want ErrLength", err)
			}
			return nil
		})
		equal(s, "body", string(s.get("/").Body), "file")
	}},
	{name: "SendFile sends several parts of a declared length", test: func(s *subject) {
		f := s.file("0123456789")
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Status = 206
			x.Response.Header.Set("Content-Length", "13")
			for _, part := range [][2]int64{{0, 3}, {5, 2}, {9, 1}} {
				if _, err := x.WriteString("--"); err != nil {
					return err
				}
				if err := x.SendFile(f, part[0], part[1]); err != nil {
					return err
				}
			}
			_, err := x.WriteString("!")
			return err
		})
		for range 2 {
			res := s.get("/")
			equal(s, "body", string(res.Body), "--012--56--9!")
			equal(s, "Content-Length", res.Header.Value("Content-Length"), "13")
		}
	}},
	{name: "SendFile streams where the length is not known", test: func(s *subject) {
		f := s.file("0123456789")
		s.serveFunc(func(x *gateway.Exchange) error {
			if err := x.Flush(); err != nil {
				return err
			}
			if err := x.SendFile(f, 0, 5); err != nil {
				return err
			}
			return x.SendFile(f, 5, 5)
		})
		equal(s, "body", string(s.get("/").Body), "0123456789")
	}},
	{name: "a large file arrives whole", test: func(s *subject) {
		content := pattern(3<<20 + 17)
		f := s.file(string(content))
		s.serveFunc(func(x *gateway.Exchange) error {
			if x.Request.Path == "/chunked" {
				x.Flush()
			}
			return x.SendFile(f, 0, -1)
		})
		for _, path := range []string{"/", "/chunked"} {
			equal(s, path+" arrives whole", bytes.Equal(s.get(path).Body, content), true)
		}
	}},
	//spec:server A file that gives fewer bytes than WriteFile was told is an error.
	{name: "a file that shrinks while it is sent cuts the answer off", test: func(s *subject) {
		f := s.file("0123456789")
		s.serveFunc(func(x *gateway.Exchange) error {
			err := x.Wrap(func(next gateway.Transport) gateway.Transport { return shrinking{next, f} })
			if err != nil {
				return err
			}
			return x.SendFile(f, 0, -1)
		})
		equal(s, "cut off", s.get("/").Aborted, true)
	}, faulty: true},
}

// shrinking truncates the file once its length has been promised.
type shrinking struct {
	gateway.Transport
	f *os.File
}

func (t shrinking) WriteHead(h *gateway.Head) error {
	if err := os.Truncate(t.f.Name(), 4); err != nil {
		return err
	}
	return t.Transport.WriteHead(h)
}

// file is an open file of that content.
func (s *subject) file(content string) *os.File {
	s.Helper()
	name := filepath.Join(s.TempDir(), "file")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		s.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { f.Close() })
	return f
}

// pattern is n bytes in which every lost, doubled or moved block shows.
func pattern(n int) []byte {
	p := make([]byte, n)
	state := uint32(1)
	for i := range p {
		state = state*1664525 + 1013904223
		p[i] = byte(state >> 24)
	}
	return p
}
