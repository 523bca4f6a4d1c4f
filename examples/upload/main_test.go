package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/examples/internal/trial"
)

func TestMain(m *testing.M) { trial.Main(m, main) }

const (
	patience = 20 * time.Second // for what must come
	limit    = 100_000          // bytes of a file in these tests
)

// start runs the program over a folder of its own.
func start(t *testing.T) (url, folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "files")
	return trial.Start(t, "-addr", "127.0.0.1:0", "-folder", folder, "-limit", strconv.Itoa(limit)).URL, folder
}

// form is a multipart form of files, as name and content in turns.
func form(t *testing.T, pairs ...string) (mediaType string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		part, err := w.CreateFormFile("files", pairs[i])
		if err == nil {
			_, err = io.WriteString(part, pairs[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}

// an answer is what ask got.
type answer struct {
	status int
	header http.Header
	body   string
}

func ask(t *testing.T, method, url string, header map[string]string, body io.Reader) answer {
	t.Helper()
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	client := &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(b)}
}

// upload posts a form as the page's script does.
func upload(t *testing.T, url string, pairs ...string) answer {
	t.Helper()
	mediaType, body := form(t, pairs...)
	return ask(t, "POST", url+"/files", map[string]string{"Content-Type": mediaType, "Accept": "application/json"}, bytes.NewReader(body))
}

// names are the files in a folder, hidden ones included.
func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestUploadIsStoredListedAndSentBack(t *testing.T) {
	url, folder := start(t)
	content := strings.Repeat("all of it, ", 5000)
	res := upload(t, url, "notes.txt", content)
	var got struct{ Stored []file }
	if err := json.Unmarshal([]byte(res.body), &got); err != nil || res.status != 201 {
		t.Fatalf("%+v, %v", res, err)
	}
	sum := sha256.Sum256([]byte(content))
	if want := []file{{"notes.txt", int64(len(content)), hex.EncodeToString(sum[:])}}; !slices.Equal(got.Stored, want) {
		t.Errorf("got %v, want %v", got.Stored, want)
	}
	if there := names(t, folder); !slices.Equal(there, []string{"notes.txt"}) {
		t.Errorf("the folder holds %q", there)
	}
	page := ask(t, "GET", url+"/", nil, nil)
	if page.status != 200 || !strings.Contains(page.body, `href="/files/notes.txt"`) || !strings.Contains(page.body, `data-limit="100000"`) {
		t.Errorf("the page: %+v", page)
	}
	back := ask(t, "GET", url+"/files/notes.txt", nil, nil)
	if back.status != 200 || back.body != content {
		t.Errorf("%d, %d bytes", back.status, len(back.body))
	}
	for name, want := range map[string]string{
		"Content-Type": "application/octet-stream", "Content-Disposition": `attachment; filename=notes.txt`, "X-Content-Type-Options": "nosniff",
	} {
		if value := strings.ReplaceAll(back.header.Get(name), `"`, ""); value != want {
			t.Errorf("%s: %q, want %q", name, value, want)
		}
	}
	part := ask(t, "GET", url+"/files/notes.txt", map[string]string{"Range": "bytes=4-9"}, nil)
	if part.status != 206 || part.body != content[4:10] {
		t.Errorf("a range: %+v", part)
	}
}

func TestWithoutTheScript(t *testing.T) {
	url, folder := start(t)
	mediaType, body := form(t, "a.txt", "a", "b.txt", "b")
	browser := map[string]string{"Content-Type": mediaType, "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
	if res := ask(t, "POST", url+"/files", browser, bytes.NewReader(body)); res.status != 303 || res.header.Get("Location") != "/" {
		t.Errorf("%+v", res)
	}
	if res := ask(t, "POST", url+"/files/a.txt/remove", nil, nil); res.status != 303 || res.header.Get("Location") != "/" {
		t.Errorf("%+v", res)
	}
	if there := names(t, folder); !slices.Equal(there, []string{"b.txt"}) {
		t.Errorf("the folder holds %q", there)
	}
}

func TestThePageRunsNothingForeign(t *testing.T) {
	url, _ := start(t)
	for _, path := range []string{"/", "/assets/upload.js", "/assets/upload.css", "/nowhere"} {
		res := ask(t, "GET", url+path, nil, nil)
		if res.header.Get("Content-Security-Policy") != policy {
			t.Errorf("%s: the policy is %q", path, res.header.Get("Content-Security-Policy"))
		}
		if strings.Contains(res.body, "http://") || strings.Contains(res.body, "https://") || strings.Contains(res.body, "style=") {
			t.Errorf("%s has something foreign, or an inline style:\n%s", path, res.body)
		}
	}
}

// N bytes are stored, N+1 are refused, and nothing of them is left.
func TestLimit(t *testing.T) {
	url, folder := start(t)
	if res := upload(t, url, "fits", strings.Repeat("x", limit)); res.status != 201 {
		t.Errorf("%+v", res)
	}
	res := upload(t, url, "small", "s", "large", strings.Repeat("x", limit+1))
	if res.status != 413 || res.header.Get("Content-Type") != "application/problem+json" || !strings.Contains(res.body, "large is larger than 100000 bytes") {
		t.Errorf("%+v", res)
	}
	if there := names(t, folder); !slices.Equal(there, []string{"fits"}) { // not even the small one, which came whole
		t.Errorf("the folder holds %q", there)
	}
}

func TestUploadsReplaceNothing(t *testing.T) {
	url, folder := start(t)
	for range 3 {
		upload(t, url, "a.tar.gz", "x")
	}
	if there := names(t, folder); !slices.Equal(there, []string{"a.tar-2.gz", "a.tar-3.gz", "a.tar.gz"}) {
		t.Errorf("the folder holds %q", there)
	}
}

// What a client calls a file is never a path.
func TestNamesStayInTheFolder(t *testing.T) {
	url, folder := start(t)
	for name, want := range map[string]string{
		"../../etc/passwd": "etc_passwd", "..": "unnamed", ".bashrc": "bashrc", `C:\boot.ini`: "Cboot.ini", "a\x00b": "ab",
		".partial-x": "partial-x", "größe.txt": "groe.txt", "<script>.html": "script.html",
	} {
		// Written by hand: mime/multipart would not send such names.
		body := "--X\r\nContent-Disposition: form-data; name=files; filename=\"" + strings.ReplaceAll(name, `\`, `\\`) + "\"\r\n\r\nx\r\n--X--\r\n"
		res := ask(t, "POST", url+"/files", map[string]string{"Content-Type": "multipart/form-data; boundary=X", "Accept": "application/json"}, strings.NewReader(body))
		if strings.ContainsRune(name, 0) {
			if res.status != 400 { // no field may hold NUL (RFC 9110 §5.5)
				t.Errorf("%q: %+v", name, res)
			}
			continue
		}
		if res.status != 201 || !strings.Contains(res.body, `"name":"`+want+`"`) {
			t.Errorf("%q: %+v, want %s", name, res, want)
		}
	}
	if parent := names(t, filepath.Dir(folder)); len(parent) != 1 {
		t.Errorf("beside the folder there is %q", parent)
	}
	for _, path := range []string{"/files/..%2Fmain.go", "/files/.partial-x", "/files/%2e%2e", "/files/nothing"} {
		if res := ask(t, "GET", url+path, nil, nil); res.status != 404 {
			t.Errorf("GET %s: %d", path, res.status)
		}
		if res := ask(t, "POST", url+path+"/remove", nil, nil); res.status != 404 {
			t.Errorf("POST %s/remove: %d", path, res.status)
		}
	}
}

func TestRefused(t *testing.T) {
	url, folder := start(t)
	mediaType, body := form(t, "a", "x")
	many := make([]string, 0, 2*(maxAtOnce+1))
	for range maxAtOnce + 1 {
		many = append(many, "many", "x")
	}
	manyType, manyBody := form(t, many...)
	_, none := form(t)
	for name, c := range map[string]struct {
		header map[string]string
		body   []byte
		status int
	}{
		"another site's page": {map[string]string{"Content-Type": mediaType, "Sec-Fetch-Site": "cross-site"}, body, 403},
		"another origin":      {map[string]string{"Content-Type": mediaType, "Origin": "https://evil.example"}, body, 403},
		"no form":             {map[string]string{"Content-Type": "text/plain"}, body, 415},
		"a malformed form":    {map[string]string{"Content-Type": mediaType}, body[:len(body)-20], 400},
		"no file":             {map[string]string{"Content-Type": mediaType}, none, 400},
		"too many files":      {map[string]string{"Content-Type": manyType}, manyBody, 413},
	} {
		if res := ask(t, "POST", url+"/files", c.header, bytes.NewReader(c.body)); res.status != c.status {
			t.Errorf("%s: %+v, want %d", name, res, c.status)
		}
	}
	if there := names(t, folder); len(there) != 0 {
		t.Errorf("the folder holds %q", there)
	}
}

// The first half is on the disk before the second one is sent; a client that goes
// away then leaves nothing behind.
func TestUploadsStreamAndLeaveNothing(t *testing.T) {
	url, folder := start(t)
	mediaType, body := form(t, "large", strings.Repeat("x", limit))
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = io.WriteString(conn, "POST /files HTTP/1.1\r\nHost: x\r\nContent-Type: "+mediaType+"\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+string(body[:limit/2]))
	if err != nil {
		t.Fatal(err)
	}
	await(t, "half a file", func() bool {
		there := names(t, folder)
		if len(there) != 1 || !strings.HasPrefix(there[0], partial) {
			return false
		}
		info, err := os.Stat(filepath.Join(folder, there[0]))
		return err == nil && info.Size() > limit/4
	})
	if page := ask(t, "GET", url+"/", nil, nil); strings.Contains(page.body, partial) {
		t.Error("the page shows a file that is not whole")
	}
	conn.Close()
	await(t, "an empty folder", func() bool { return len(names(t, folder)) == 0 })
}

// await looks until there is what is expected: a file system tells nobody.
func await(t *testing.T, what string, there func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(patience); !there(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// A shelf of maxFiles takes no more, and one that is opened again has forgotten what a
// killed process left half.
func TestShelfIsBoundedAndClearsUp(t *testing.T) {
	folder := t.TempDir()
	for i := range maxFiles {
		if err := os.WriteFile(filepath.Join(folder, "f"+strconv.Itoa(i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, partial+"left"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := openShelf(folder, limit)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if there := names(t, folder); len(there) != maxFiles {
		t.Errorf("%d files", len(there))
	}
	c := newApp(s).TestClient(t)
	if r := c.Post("/files").File("files", "one.txt", strings.NewReader("x")).Do(); r.Status != 507 {
		t.Errorf("%d %s", r.Status, r.Text())
	}
	if err := s.remove("f0"); err != nil {
		t.Fatal(err)
	}
	if r := c.Post("/files").File("files", "one.txt", strings.NewReader("x")).Do(); r.Status != 303 {
		t.Errorf("%d %s", r.Status, r.Text())
	}
}
