package form

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

const contentType = "multipart/form-data; boundary=X"

// body puts parts, each a head line and content, into a form.
func body(parts ...string) string {
	var b strings.Builder
	for i := 0; i < len(parts); i += 2 {
		b.WriteString("--X\r\nContent-Disposition: form-data; " + parts[i] + "\r\n\r\n" + parts[i+1] + "\r\n")
	}
	return b.String() + "--X--\r\n"
}

func readAll(source io.Reader, l Limits) (string, error) {
	r, err := NewReader(source, contentType, l.withDefaults().MaxParts)
	if err != nil {
		return "", err
	}
	f, err := Read(r, l)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var b strings.Builder
	for _, p := range f.Fields {
		fmt.Fprintf(&b, "%q=%q ", p.Name, p.Value)
	}
	for _, u := range f.Files {
		content, err := io.ReadAll(u.Open())
		if err != nil || int64(len(content)) != u.Size {
			return "", fmt.Errorf("upload of %d bytes gave %d, %v", u.Size, len(content), err)
		}
		fmt.Fprintf(&b, "%q:%q(%s)=%q ", u.Name, u.Filename, u.ContentType, content)
	}
	return strings.TrimSuffix(b.String(), " "), nil
}

// Each case is read whole, byte by byte, and with bytes behind it (RFC 7578 §4, RFC
// 2046 §5.1.1).
func TestForms(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"one field", body(`name="a"`, "1"), `"a"="1"`},
		{"order is kept", body(`name="b"`, "1", `name="a"`, "2", `name="b"`, "3"), `"b"="1" "a"="2" "b"="3"`},
		{"an empty value", body(`name="a"`, ""), `"a"=""`},
		{"line ends in it", body(`name="a"`, "\r\nx\r\n"), `"a"="\r\nx\r\n"`},
		{"the boundary inside a line", body(`name="a"`, "x--X"), `"a"="x--X"`},
		{"a longer boundary", body(`name="a"`, "\r\n--XY\r\n--X-\r\n--X z"), `"a"="\r\n--XY\r\n--X-\r\n--X z"`},
		{"almost a delimiter", body(`name="a"`, "\r\n--\r\r\n-"), `"a"="\r\n--\r\r\n-"`},
		{"blanks behind the boundary", "--X \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--X--", `"a"="1"`},
		{"a part that its head ends", "--X\r\nContent-Disposition: form-data; name=a\r\n\r\n--X\r\nContent-Disposition: form-data; name=b\r\n\r\n--X--", `"a"="" "b"=""`},
		{"a longer boundary at the beginning", body(`name="a"`, "--XY"), `"a"="--XY"`},
		{"a preamble", "see\r\n" + body(`name="a"`, "1"), `"a"="1"`},
		{"no parts", "--X--", ``},
		{"a file", body(`name="f"; filename="a.txt"`, "x"), `"f":"a.txt"()="x"`},
		{"a quote in a name", body(`name="a%22b"`, "1", `name="c\"d"`, "2"), `"a\"b"="1" "c\"d"="2"`},
		{"a head of one line more", "--X\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; name=f; filename=x\r\n\r\n1\r\n--X--", `"f":"x"(text/plain)="1"`},
	} {
		for way, source := range map[string]io.Reader{
			"whole":          strings.NewReader(c.body),
			"by the byte":    iotest.OneByteReader(strings.NewReader(c.body)),
			"and more":       strings.NewReader(c.body + "\r\n--X\r\ntrailing"),
			"with its error": iotest.DataErrReader(strings.NewReader(c.body)),
		} {
			if got, err := readAll(source, Limits{}); got != c.want || err != nil {
				t.Errorf("%s, %s: %s, %v; want %s", c.name, way, got, err, c.want)
			}
		}
	}
}

func TestMalformed(t *testing.T) {
	for _, c := range []struct{ name, body string }{
		{"empty", ""},
		{"no boundary", "hello"},
		{"no end", "--X\r\nContent-Disposition: form-data; name=a\r\n\r\n1"},
		{"cut inside of the delimiter", "--X\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--X"},
		{"cut inside of the head", "--X\r\nContent-Disp"},
		{"no colon", "--X\r\nhello\r\n\r\n1\r\n--X--"},
		{"a folded line", "--X\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\n1\r\n--X--"},
		{"bare LF", "--X\r\nContent-Disposition: form-data; name=a\n\n1\r\n--X--"},
		{"bare LF behind the boundary", "--X\n\r\n--X--"},
		{"a control byte", "--X\r\nContent-Disposition: form-data; name=\"a\x00\"\r\n\r\n1\r\n--X--"},
		{"no disposition", "--X\r\n\r\n1\r\n--X--"},
		{"no name", "--X\r\nContent-Disposition: form-data; filename=a\r\n\r\n1\r\n--X--"},
		{"two names", body("name=a; name=b", "1")},
		{"two names of a file", body("name=a; filename=x; filename=y", "1")},
		{"two dispositions", "--X\r\nContent-Disposition: form-data; name=a\r\ncontent-disposition: form-data; name=b\r\n\r\n1\r\n--X--"},
	} {
		var malformed *MalformedError
		if got, err := readAll(strings.NewReader(c.body), Limits{}); !errors.As(err, &malformed) {
			t.Errorf("%s: %s, %v", c.name, got, err)
		}
	}
	for _, media := range []string{"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=X; boundary=Y", "multipart/form-data; boundary=\"" + strings.Repeat("a", maxBoundary+1) + "\""} {
		if _, err := NewReader(strings.NewReader(""), media, 1); err == nil {
			t.Errorf("%s has a boundary", media)
		}
	}
	broken := errors.New("broken")
	if _, err := readAll(io.MultiReader(strings.NewReader("--X\r\n"), iotest.ErrReader(broken)), Limits{}); err != broken {
		t.Errorf("an error of the source became %v", err)
	}
}

// Each limit holds at N and refuses N+1.
func TestLimits(t *testing.T) {
	head := func(n int) string { // of n bytes, line ends included
		disposition := "Content-Disposition: form-data; name=a\r\n"
		return "--X\r\n" + disposition + "X: " + strings.Repeat("x", n-len(disposition)-5) + "\r\n\r\n1\r\n--X--"
	}
	fields := func(n int) string {
		return "--X\r\nContent-Disposition: form-data; name=a\r\n" + strings.Repeat("X: y\r\n", n-1) + "\r\n1\r\n--X--"
	}
	many := func(n, size int) string {
		var parts []string
		for range n {
			parts = append(parts, "name=a", strings.Repeat("x", size))
		}
		return body(parts...)
	}
	for _, c := range []struct {
		name          string
		limits        Limits
		holds, breaks string
	}{
		{"MaxParts", Limits{MaxParts: 3}, many(3, 1), many(4, 1)},
		{"the default of MaxParts", Limits{}, many(DefaultMaxParts, 1), many(DefaultMaxParts+1, 1)},
		{"MaxMemory", Limits{MaxMemory: 10}, many(1, 10), many(1, 11)},
		{"the default of MaxMemory", Limits{}, many(1, DefaultMaxMemory), many(1, DefaultMaxMemory+1)},
		{"all fields together", Limits{MaxMemory: 10}, many(together, 10), many(together, 10)[:len(many(together, 10))-len("--X--\r\n")] + body("name=b", "1")},
		{"the size of a head", Limits{}, head(maxHead), head(maxHead + 1)},
		{"the fields of a head", Limits{}, fields(maxFields), fields(maxFields + 1)},
	} {
		if _, err := readAll(strings.NewReader(c.holds), c.limits); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var limit *LimitError
		if _, err := readAll(strings.NewReader(c.breaks), c.limits); !errors.As(err, &limit) {
			t.Errorf("%s is not enforced: %v", c.name, err)
		}
	}
}

// A file above the limit is in no memory and, once the form is closed, nowhere else.
func TestSpooling(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct {
		most   int64 // 0: the default
		size   int
		inFile bool
	}{{1000, 1000, false}, {1000, 1001, true}, {1000, 300_000, true}, {0, DefaultSpoolSize, false}, {0, DefaultSpoolSize + 1, true}} {
		size, inFile := c.size, c.inFile
		content := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
		r, err := NewReader(strings.NewReader(body(`name=f; filename=x`, string(content))), contentType, 10)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Read(r, Limits{SpoolSize: c.most, Folder: folder})
		if err != nil {
			t.Fatal(err)
		}
		u := f.Files[0]
		if (u.file != nil) != inFile || (u.content != nil) == inFile {
			t.Errorf("%d bytes: in a file is %v", size, u.file != nil)
		}
		for range 2 { // it can be read again
			got, err := io.ReadAll(u.Open())
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d bytes came back as %d, %v", size, len(got), err)
			}
		}
		to := filepath.Join(t.TempDir(), "saved")
		if err := u.Save(to); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(to); !bytes.Equal(got, content) {
			t.Errorf("%d bytes were saved as %d", size, len(got))
		}
		if err := u.Save(to); !errors.Is(err, os.ErrExist) {
			t.Errorf("a file was replaced: %v", err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(u.Open()); inFile && !errors.Is(err, os.ErrClosed) {
			t.Errorf("a closed upload is read: %v", err)
		}
	}
	empty(t, folder)
}

func empty(t *testing.T, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	if err != nil || len(left) > 0 {
		t.Errorf("%d temporary files are left, %v", len(left), err)
	}
}

// All small files together are bounded too.
func TestSmallFilesTogether(t *testing.T) {
	var parts []string
	for range together + 1 {
		parts = append(parts, "name=f; filename=x", strings.Repeat("x", 100))
	}
	r, _ := NewReader(strings.NewReader(body(parts...)), contentType, 100)
	f, err := Read(r, Limits{SpoolSize: 100, Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, u := range f.Files {
		if (u.file != nil) != (i == together) {
			t.Errorf("file %d is in a file: %v", i, u.file != nil)
		}
	}
}

// A thousand large files take one descriptor, and none gets the content of another.
// mime/multipart once took one for each (CVE-2022-41725).
func TestOneTemporaryFileForAll(t *testing.T) {
	folder := t.TempDir()
	var parts []string
	for i := range DefaultMaxParts {
		parts = append(parts, "name=f; filename=x", strings.Repeat("x", i%40)+strconv.Itoa(i))
	}
	r, _ := NewReader(strings.NewReader(body(parts...)), contentType, DefaultMaxParts)
	f, err := Read(r, Limits{SpoolSize: 1, Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	in := map[*os.File]bool{}
	for i, u := range f.Files {
		if u.file != nil {
			in[u.file] = true
		}
		if got, err := io.ReadAll(u.Open()); err != nil || string(got) != parts[2*i+1] || u.Size != int64(len(got)) {
			t.Errorf("file %d is %q, %v; want %q", i, got, err, parts[2*i+1])
		}
	}
	if len(in) != 1 {
		t.Errorf("%d temporary files", len(in))
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	empty(t, folder)
}

// Memory does not grow with the file.
func TestMemoryOfALargeFile(t *testing.T) {
	const size = 64 << 20
	head, tail := body(`name=f; filename=x`, "")[:len(body(`name=f; filename=x`, ""))-len("\r\n--X--\r\n")], "\r\n--X--\r\n"
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := NewReader(io.MultiReader(strings.NewReader(head), io.LimitReader(zeros{}, size), strings.NewReader(tail)), contentType, 10)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Read(r, Limits{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 || f.Files[0].Size != size {
		t.Errorf("a file of %d bytes took %d bytes of memory", f.Files[0].Size, n)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// What was spooled before an error is gone.
func TestNothingIsLeftAfterAnError(t *testing.T) {
	folder := t.TempDir()
	whole := body("name=f; filename=x", strings.Repeat("x", 5000), "name=g; filename=y", strings.Repeat("y", 5000))
	for n := 0; n < len(whole)-len("--X--\r\n"); n += 97 {
		if _, err := readAll(strings.NewReader(whole[:n]), Limits{SpoolSize: 10, Folder: folder}); err == nil {
			t.Errorf("a form cut off after %d bytes is whole", n)
		}
	}
	empty(t, folder)
	if _, err := readAll(strings.NewReader(whole), Limits{SpoolSize: 10, Folder: filepath.Join(folder, "none")}); err == nil {
		t.Error("no folder is no error")
	}
}

// FuzzReader compares with mime/multipart where that reads the form, and with the
// reader itself byte by byte.
func FuzzReader(f *testing.F) {
	for _, s := range []string{
		body(`name="a"`, "1", `name="f"; filename="x.txt"`, "hello\r\n"), "--X--", "preamble\r\n--X\r\nA: b\r\n\r\n\r\n--X--", "--X\r\n\r\n--X--",
		"--X \r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--X\r\n--X--", "--X\n\n1\n--X--",
		"--X\r\nContent-Disposition:;nAme=0\r\n\r\n--X\r\r\n--X--", "--X\r\n\r\na\r\n--X\r\r\n--X--",
	} {
		f.Add(s)
	}
	type part struct{ name, filename, content string }
	f.Fuzz(func(t *testing.T, s string) {
		read := func(source io.Reader) (parts []part, err error) {
			r, err := NewReader(source, contentType, 100)
			if err != nil {
				return nil, err
			}
			defer r.Close()
			for {
				p, err := r.NextPart()
				if err != nil {
					return parts, err
				}
				content, err := io.ReadAll(p)
				if err != nil {
					return parts, err
				}
				parts = append(parts, part{p.Name, p.Filename, string(content)})
			}
		}
		ours, err := read(strings.NewReader(s))
		again, err2 := read(iotest.OneByteReader(strings.NewReader(s)))
		if fmt.Sprint(ours, err) != fmt.Sprint(again, err2) {
			t.Fatalf("%q: %q %v, by the byte %q %v", s, ours, err, again, err2)
		}
		if err != io.EOF || strings.Contains(strings.ReplaceAll(s, "\r\n", ""), "\n--X") {
			return // we are the stricter ones: LF ends no line
		}
		theirs := multipart.NewReader(strings.NewReader(s), "X")
		for i, want := range ours {
			p, err := theirs.NextRawPart()
			if err != nil {
				return // heads of which it knows better
			}
			content, err := io.ReadAll(p)
			if err != nil || string(content) != want.content {
				if _, err := theirs.NextRawPart(); err != nil && err != io.EOF {
					return // it does not read the form: a CR behind a boundary makes it one, and then an error
				}
				t.Fatalf("%q: part %d is %q, and %q %v to mime/multipart", s, i, want.content, content, err)
			}
			_, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
			if err == nil && len(p.Header["Content-Disposition"]) == 1 && !strings.ContainsAny(s, "%*\\;\"") && utf8.ValidString(s) && params["name"] != want.name {
				t.Fatalf("%q: part %d is named %q, and %q to mime/multipart", s, i, want.name, params["name"])
			}
		}
		if _, err := theirs.NextRawPart(); err == nil {
			t.Fatalf("%q has %d parts, and more to mime/multipart", s, len(ours))
		}
	})
}

// What is decoded shares memory: a block for all, or one for a text that is larger.
func TestParseAllocations(t *testing.T) {
	for _, test := range []struct {
		text   string
		allocs float64
	}{
		{"", 0},
		{"a=1&b=2&c=3", 1}, // the pairs
		{"name=Ada+King&email=ada%40example.com&age=36&street=St+James%27s+Square&comment=Notes+by+the+translator%3A", 2},
		{strings.Repeat("a=%41"+strings.Repeat("b", 400)+"&", 5), 4}, // 2005 bytes in blocks of 1024
		{"a=%41" + strings.Repeat("b", 5000), 2},
	} {
		if n := testing.AllocsPerRun(100, func() { Parse(test.text, 100) }); n != test.allocs {
			t.Errorf("%.60s: %v allocations, want %v", test.text, n, test.allocs)
		}
	}
	pairs, _ := Parse(strings.Repeat("%61=%62"+strings.Repeat("+", 300)+"&", 20), 100)
	for i, p := range pairs {
		if p.Name != "a" || p.Value != "b"+strings.Repeat(" ", 300) {
			t.Errorf("pair %d of 20 is %q", i, p)
		}
	}
}

// FuzzParse compares with net/url, which refuses what WHATWG lets stand: malformed
// escapes and semicolons.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a=b", "a=b&a=c&&d", "=", "a+b=%20%2B", "%zz=%", "a;b=c", "a=%ff", "a==b", "ü=ß", "a=b&=c", "a%00=b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		pairs, ok := Parse(text, 100)
		parts := 0
		for part := range strings.SplitSeq(text, "&") {
			if part != "" {
				parts++
			}
		}
		if ok != (parts <= 100) || ok && len(pairs) != parts {
			t.Fatalf("%q: %d pairs of %d, %v", text, len(pairs), parts, ok)
		}
		if _, err := url.ParseQuery(text); err != nil || !ok {
			return
		}
		got := url.Values{}
		for _, p := range pairs {
			got.Add(p.Name, p.Value)
			if !utf8.ValidString(p.Name + p.Value) {
				t.Fatalf("%q: %q is not UTF-8", text, p)
			}
		}
		clean := url.Values{} // url.ParseQuery with what is not UTF-8 replaced
		for part := range strings.SplitSeq(text, "&") {
			if part != "" {
				name, value, _ := strings.Cut(part, "=")
				name, _ = url.QueryUnescape(name)
				value, _ = url.QueryUnescape(value)
				clean.Add(strings.ToValidUTF8(name, "\uFFFD"), strings.ToValidUTF8(value, "\uFFFD"))
			}
		}
		if !reflect.DeepEqual(got, clean) {
			t.Fatalf("%q: %v, net/url has %v", text, got, clean)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	content := bytes.Repeat([]byte("0123456789abcdef\r\n"), 50<<20/18)
	form := body("name=f; filename=x", string(content))
	discard := struct{ io.Writer }{io.Discard}
	b.Run("form", func(b *testing.B) {
		b.SetBytes(int64(len(form)))
		for b.Loop() {
			r, _ := NewReader(strings.NewReader(form), contentType, 10)
			p, err := r.NextPart()
			if err != nil {
				b.Fatal(err)
			}
			if _, err := p.WriteTo(discard); err != nil {
				b.Fatal(err)
			}
			r.Close()
		}
	})
	b.Run("mime", func(b *testing.B) {
		b.SetBytes(int64(len(form)))
		for b.Loop() {
			p, err := multipart.NewReader(strings.NewReader(form), "X").NextPart()
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(discard, p); err != nil {
				b.Fatal(err)
			}
		}
	})
}
