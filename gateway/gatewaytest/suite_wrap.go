package gatewaytest

import (
	"bytes"
	"errors"
	"os"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// Filters of the stream, and mounts.
var wrapRules = []rule{
	//spec:middleware After Exchange.Wrap all content passes the filter's Write, also from SendFile. WriteFile does not reach a filter.
	{name: "a filter sees every byte", test: func(s *subject) {
		f := s.file("file")
		ways := map[string]func(x *gateway.Exchange) error{
			"/body":    func(x *gateway.Exchange) error { x.Response.Body = []byte("body"); return nil },
			"/written": func(x *gateway.Exchange) error { _, err := x.Write([]byte("written")); return err },
			"/file":    func(x *gateway.Exchange) error { return x.SendFile(f, 0, -1) },
			"/mixed": func(x *gateway.Exchange) error {
				x.WriteString("a")
				x.Flush()
				x.Write([]byte("b"))
				x.SendFile(f, 0, 4)
				_, err := x.WriteString("c")
				return err
			},
			"/large": func(x *gateway.Exchange) error {
				_, err := x.Write(bytes.Repeat([]byte("l"), gateway.BufferSize+1))
				return err
			},
		}
		s.serveFunc(func(x *gateway.Exchange) error {
			err := x.Wrap(func(next gateway.Transport) gateway.Transport { return &doubling{Transport: next, s: s} })
			if err != nil {
				return err
			}
			return ways[x.Request.Path](x)
		})
		for path, want := range map[string]string{
			"/body": "body", "/written": "written", "/file": "file", "/mixed": "abfilec",
			"/large": strings.Repeat("l", gateway.BufferSize+1),
		} {
			equal(s, path, string(s.get(path).Body), doubled(want))
		}
	}},
	//spec:middleware A filter of Exchange.WrapFiles gets files in its WriteFile, unless one of Wrap is around it or within it.
	{name: "a filter of files gets files", test: func(s *subject) {
		f := s.file("file")
		s.serveFunc(func(x *gateway.Exchange) error {
			seen := &seeing{}
			wrap := func(next gateway.Transport) gateway.Transport { seen.Transport = next; return seen }
			if err := x.WrapFiles(wrap); err != nil {
				return err
			}
			if x.Request.Path == "/both" {
				err := x.Wrap(func(next gateway.Transport) gateway.Transport { return &doubling{Transport: next, s: s} })
				if err != nil {
					return err
				}
			}
			x.OnFinish(func(gateway.Outcome) {
				if copied := x.Request.Path == "/both"; (seen.files == 0) != copied {
					s.Errorf("%s: WriteFile got %d bytes", x.Request.Path, seen.files)
				}
			})
			return x.SendFile(f, 0, -1)
		})
		equal(s, "body", string(s.get("/").Body), "file")
		equal(s, "body", string(s.get("/both").Body), doubled("file"))
	}},
	//spec:middleware The last to wrap sees the content first. A filter that keeps bytes back passes them on in Flush and Close.
	{name: "the last filter sees the content first", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			for _, tag := range []string{"outer", "inner"} {
				err := x.Wrap(func(next gateway.Transport) gateway.Transport { return &tagging{Transport: next, tag: tag} })
				if err != nil {
					return err
				}
			}
			x.Response.Body = []byte("body")
			return nil
		})
		equal(s, "body", string(s.get("/").Body), "outer(inner(body))")
	}},
	//spec:middleware Wrap is refused with ErrStarted once the response has started.
	{name: "Wrap is refused after the start", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			if err := x.Flush(); err != nil {
				return err
			}
			err := x.Wrap(func(next gateway.Transport) gateway.Transport {
				s.Errorf("the function was called")
				return next
			})
			if !errors.Is(err, gateway.ErrStarted) {
				s.Errorf("Wrap: %v, want ErrStarted", err)
			}
			return nil
		})
		equal(s, "status", s.get("/").Status, 200)
	}},
	{name: "a filter sees the answer to an error", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			err := x.Wrap(func(next gateway.Transport) gateway.Transport { return &doubling{Transport: next, s: s} })
			if err != nil {
				return err
			}
			return &gateway.StatusError{Status: 404, Reason: "no"}
		})
		res := s.get("/")
		equal(s, "status", res.Status, 404)
		equal(s, "body", string(res.Body), doubled("404 no\n"))
	}},
	//spec:application Mount moves a prefix from Path to Root in whole segments, compared unescaped: /%61dmin is /admin, and /a%2Fb is not /a/b. The bytes that move keep their spelling (PEP 3333, SCRIPT_NAME).
	{name: "a mount moves the prefix from Path to Root", test: func(s *subject) {
		s.serve(gateway.Mount("/a/b", gateway.HandlerFunc(func(x *gateway.Exchange) error {
			return text(x, x.Request.Root+" "+x.Request.Path+" "+x.Request.URL())
		})))
		host := s.info.Scheme + "://localhost"
		for target, want := range map[string]string{
			"/a/b/c%2Fd?e":  "/a/b /c%2Fd " + host + "/a/b/c%2Fd?e",
			"/a/b":          "/a/b  " + host + "/a/b",
			"/a/b/":         "/a/b / " + host + "/a/b/",
			"/%61/%62/x":    "/%61/%62 /x " + host + "/%61/%62/x",
			"/a/b//x":       "/a/b //x " + host + "/a/b//x",
			"/a%2Fb/c":      "",
			"/a/bc":         "",
			"/a":            "",
			"/x/a/b":        "",
			"/a/b%2Fc":      "",
			"/A/b":          "",
			"/a//b":         "",
			"/a/b/../../x":  "/a/b /../../x " + host + "/a/b/../../x",
			"/a/b;x=1/path": "",
		} {
			res := s.get(target)
			if want == "" {
				equal(s, "status of "+target, res.Status, 404)
				continue
			}
			equal(s, target, string(res.Body), want)
		}
	}},
}

// doubling is a filter that writes every byte twice and so does not know the
// length any more.
type doubling struct {
	gateway.Transport
	s *subject
}

func (d *doubling) WriteHead(h *gateway.Head) error {
	head := *h
	head.Header = h.Header.Clone()
	head.Header.Del("Content-Length")
	head.Length = -1
	return d.Transport.WriteHead(&head)
}

func (d *doubling) Write(p []byte) (int, error) {
	if _, err := d.Transport.Write([]byte(doubled(string(p)))); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (d *doubling) WriteFile(f *os.File, off, n int64) error {
	d.s.Errorf("WriteFile of %s came to a filter: content that it cannot see", f.Name())
	return errors.ErrUnsupported
}

// seeing counts what comes as a file.
type seeing struct {
	gateway.Transport
	files int64
}

func (f *seeing) WriteFile(file *os.File, off, n int64) error {
	f.files += n
	return f.Transport.WriteFile(file, off, n)
}

func doubled(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		b.WriteByte(s[i])
	}
	return b.String()
}

// tagging is a filter that writes its name around the content.
type tagging struct {
	gateway.Transport
	tag   string
	begun bool
}

func (t *tagging) WriteHead(h *gateway.Head) error {
	head := *h
	head.Length = -1
	return t.Transport.WriteHead(&head)
}

func (t *tagging) Write(p []byte) (int, error) {
	if !t.begun {
		t.begun = true
		if _, err := t.Transport.Write([]byte(t.tag + "(")); err != nil {
			return 0, err
		}
	}
	return t.Transport.Write(p)
}

func (t *tagging) Close(trailer gateway.Header) error {
	if _, err := t.Transport.Write([]byte(")")); err != nil {
		return err
	}
	return t.Transport.Close(trailer)
}
