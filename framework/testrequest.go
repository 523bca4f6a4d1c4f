package framework

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/dewar-go/dewar/gateway/client"
)

// A TestRequest is a request that is being put together. Its methods add to it and
// return it; Do or Stream sends it, once.
type TestRequest struct {
	client *TestClient
	q      client.Request
	target string
	query  url.Values
	follow bool
	fields []Pair
	files  []testFile
}

type testFile struct {
	field, name, mediaType string
	content                io.Reader
}

// Request begins a request. target is a path with its query, or an absolute URL.
func (c *TestClient) Request(method, target string) *TestRequest {
	return &TestRequest{client: c, q: client.Request{Method: method}, target: target, follow: c.Follow}
}

// Get begins a request with GET.
func (c *TestClient) Get(target string) *TestRequest { return c.Request("GET", target) }

// Head begins a request with HEAD.
func (c *TestClient) Head(target string) *TestRequest { return c.Request("HEAD", target) }

// Post begins a request with POST.
func (c *TestClient) Post(target string) *TestRequest { return c.Request("POST", target) }

// Put begins a request with PUT.
func (c *TestClient) Put(target string) *TestRequest { return c.Request("PUT", target) }

// Patch begins a request with PATCH.
func (c *TestClient) Patch(target string) *TestRequest { return c.Request("PATCH", target) }

// Delete begins a request with DELETE.
func (c *TestClient) Delete(target string) *TestRequest { return c.Request("DELETE", target) }

// Options begins a request with OPTIONS.
func (c *TestClient) Options(target string) *TestRequest { return c.Request("OPTIONS", target) }

// Header adds a field.
func (r *TestRequest) Header(name, value string) *TestRequest {
	r.q.Header.Add(name, value)
	return r
}

// BasicAuth adds credentials (RFC 7617).
func (r *TestRequest) BasicAuth(user, password string) *TestRequest {
	return r.Header("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
}

// Query adds parameters to the target's, name and value in turns.
func (r *TestRequest) Query(pairs ...any) *TestRequest {
	r.client.t.Helper()
	for _, p := range r.pairs(pairs) {
		if r.query == nil {
			r.query = url.Values{}
		}
		r.query.Add(p.Name, p.Value)
	}
	return r
}

// JSON makes v, as App.JSON encodes it, the content.
func (r *TestRequest) JSON(v any) *TestRequest {
	r.client.t.Helper()
	body, err := r.client.app.live.Load().json.Marshal(v)
	if err != nil {
		r.client.t.Fatalf("framework: JSON of %T: %v", v, err)
	}
	return r.Body(jsonType, body)
}

// Form adds fields, name and value in turns: the content is a form, and one of
// multipart/form-data where there are files too.
func (r *TestRequest) Form(pairs ...any) *TestRequest {
	r.client.t.Helper()
	r.fields = append(r.fields, r.pairs(pairs)...)
	return r
}

// File adds an upload to the form. content is borrowed until the request was sent,
// and sent as it comes where its length is not known.
func (r *TestRequest) File(field, filename string, content io.Reader) *TestRequest {
	return r.FileOf(field, filename, "application/octet-stream", content)
}

// FileOf is File of that media type.
func (r *TestRequest) FileOf(field, filename, mediaType string, content io.Reader) *TestRequest {
	r.files = append(r.files, testFile{field, filename, mediaType, content})
	return r
}

// Body makes that the content. body is borrowed until the request was sent.
func (r *TestRequest) Body(mediaType string, body []byte) *TestRequest {
	r.q.Body, r.q.Stream = body, nil
	r.q.Header.Set("Content-Type", mediaType)
	return r
}

// BodyFrom sends content as it comes from body, with a length that nobody knows.
func (r *TestRequest) BodyFrom(mediaType string, body io.Reader) *TestRequest {
	r.q.Body, r.q.Stream = nil, body
	r.q.Header.Set("Content-Type", mediaType)
	return r
}

// Follow makes Do follow redirects; TestResponse.History then has them.
func (r *TestRequest) Follow() *TestRequest {
	r.follow = true
	return r
}

func (r *TestRequest) pairs(pairs []any) []Pair {
	r.client.t.Helper()
	values, err := pairsOf(pairs)
	if err != nil {
		r.client.t.Fatalf("framework: %v", err)
	}
	list := make([]Pair, len(values))
	for i, v := range values {
		list[i] = Pair{Name: v.Name, Value: fmt.Sprint(v.Value)}
	}
	return list
}

// compose settles address and content.
func (r *TestRequest) compose() *url.URL {
	to := r.client.at(r.target)
	to.Fragment = ""
	if len(r.query) > 0 {
		to.RawQuery = join(to.RawQuery, "&", r.query.Encode())
	}
	switch {
	case len(r.files) > 0:
		r.multipart()
	case len(r.fields) > 0:
		var form strings.Builder
		for i, f := range r.fields {
			if i > 0 {
				form.WriteByte('&')
			}
			form.WriteString(url.QueryEscape(f.Name) + "=" + url.QueryEscape(f.Value))
		}
		r.Body("application/x-www-form-urlencoded", []byte(form.String()))
	}
	return to
}

// multipart writes the form (RFC 7578): the parts' heads are made first, and what
// stands between them is read while the request is sent.
func (r *TestRequest) multipart() {
	var head bytes.Buffer
	var parts []io.Reader
	known := true
	w := multipart.NewWriter(&head)
	cut := func() {
		parts = append(parts, bytes.NewReader(bytes.Clone(head.Bytes())))
		head.Reset()
	}
	for _, f := range r.fields {
		_ = w.WriteField(f.Name, f.Value) // a bytes.Buffer does not fail
	}
	for _, f := range r.files {
		disposition := multipart.FileContentDisposition(f.field, f.name)
		_, _ = w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}, "Content-Type": {f.mediaType}})
		cut()
		parts = append(parts, f.content)
		_, sized := f.content.(interface{ Len() int })
		known = known && sized
	}
	_ = w.Close()
	cut()
	content := io.MultiReader(parts...)
	if !known {
		r.BodyFrom(w.FormDataContentType(), content)
		return
	}
	body, err := io.ReadAll(content)
	if err != nil {
		r.client.t.Fatalf("framework: upload: %v", err)
	}
	r.Body(w.FormDataContentType(), body)
}

// maxRedirects is how many the client follows. Precedent: Fetch, 20.
const maxRedirects = 20

// Do sends the request and returns the whole answer. An error of the application
// fails the test, unless TestClient.ExpectErrors is set; a connection that breaks
// ends it.
func (r *TestRequest) Do() *TestResponse {
	c := r.client
	c.t.Helper()
	to := r.compose()
	var history []*TestResponse
	for {
		call, answer, err := c.start(r.q, to)
		if err == nil {
			err = c.finish(call, answer, to)
			call.Close()
		}
		if err != nil {
			c.t.Fatalf("framework: %s %s: %v", r.q.Method, to, err)
		}
		c.failed(answer)
		answer.History = history
		next := answer.redirect(to)
		if !r.follow || next == nil {
			return answer
		}
		if problem := r.misled(next, len(history)); problem != "" {
			c.t.Fatalf("framework: %s %s: %s", r.q.Method, to, problem)
		}
		history = append(history, answer)
		r.turn(answer.Status)
		to = next
	}
}

// misled says why a redirect is not followed.
func (r *TestRequest) misled(next *url.URL, followed int) string {
	home := r.client.base.Hostname()
	host := next.Hostname()
	switch {
	case followed == maxRedirects:
		return fmt.Sprintf("more than %d redirects, the last one to %s", maxRedirects, next)
	case host != home && !strings.HasSuffix(host, "."+home):
		return fmt.Sprintf("a redirect leads out of the application, to %s; do not follow it, or ask At(%q)", next, next.Scheme+"://"+next.Host)
	case r.q.Stream != nil:
		return "a redirect cannot be followed with content that is streamed, since it was read already"
	}
	return ""
}

// turn makes the request the one that a redirect of that status asks for (RFC 9110
// §15.4, Fetch §4.4): 303 means GET, 301 and 302 do for POST, 307 and 308 keep all.
func (r *TestRequest) turn(status int) {
	keeps := r.q.Method == "GET" || r.q.Method == "HEAD"
	if status == 303 && !keeps || (status == 301 || status == 302) && r.q.Method == "POST" {
		r.q.Method, r.q.Body, r.q.Stream = "GET", nil, nil
		r.q.Header = r.q.Header.Clone()
		for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Language", "Content-Location"} {
			r.q.Header.Del(name)
		}
	}
}

// Stream sends the request and returns as soon as the answer's head is there.
// Redirects are not followed.
func (r *TestRequest) Stream() *TestStream {
	c := r.client
	c.t.Helper()
	to := r.compose()
	call, answer, err := c.start(r.q, to)
	var head *client.Result
	if err == nil {
		c.t.Cleanup(func() { call.Close() })
		c.mu.Lock()
		c.streams = append(c.streams, answer)
		c.mu.Unlock()
		head, err = call.Head()
	}
	if err != nil {
		c.t.Fatalf("framework: %s %s: %v", r.q.Method, to, err)
	}
	c.jar.store(to, head.Header)
	return &TestStream{Status: head.Status, Header: head.Header, t: c.t, call: call, result: head}
}

// redirect returns where an answer leads, nil where it does not.
func (r *TestResponse) redirect(from *url.URL) *url.URL {
	switch r.Status {
	case 301, 302, 303, 307, 308:
	default:
		return nil
	}
	to, err := from.Parse(r.Header.Value("Location"))
	if err != nil || !r.Header.Has("Location") {
		return nil
	}
	to.Fragment = ""
	return to
}
