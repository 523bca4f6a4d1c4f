package csrf_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/csrf"
)

// page shows a token on GET, and tells what it read on POST.
var page = gateway.HandlerFunc(func(x *gateway.Exchange) error {
	if x.Request.Method != "GET" {
		all, err := io.ReadAll(x)
		x.Response.Body = all
		return err
	}
	token, err := csrf.Of(x)
	x.Response.Body = []byte(token)
	return err
})

func Example() {
	h := gateway.Chain(page, csrf.New(csrf.Config{}))
	res := gatewaytest.Do(h, gatewaytest.Request{})
	cookie, _, _ := strings.Cut(res.Header.Value("Set-Cookie"), ";")
	header := gateway.Header{{Name: "Cookie", Value: cookie}}
	fmt.Println(gatewaytest.Do(h, gatewaytest.Request{Method: "POST", Header: header}).Status)
	header.Add("X-CSRF-Token", string(res.Body))
	fmt.Println(gatewaytest.Do(h, gatewaytest.Request{Method: "POST", Header: header}).Status)
	// Output:
	// 403
	// 200
}

// visit gets a page: the cookie's name and value, and a token.
func visit(t *testing.T, r *gatewaytest.Recorder) (cookie, token string) {
	t.Helper()
	res := r.Do(gatewaytest.Request{})
	set := res.Header.Value("Set-Cookie")
	cookie, _, _ = strings.Cut(set, ";")
	if cookie == "" || res.Header.Value("Vary") != "Cookie" {
		t.Fatalf("Set-Cookie %q, Vary %q", set, res.Header.Value("Vary"))
	}
	return cookie, string(res.Body)
}

func TestCookie(t *testing.T) {
	for scheme, want := range map[string]string{"http": "csrf=; Path=/; HttpOnly; SameSite=Lax", "https": "__Host-csrf=; Path=/; HttpOnly; SameSite=Lax; Secure"} {
		r := &gatewaytest.Recorder{Handler: csrf.New(csrf.Config{})(page), Scheme: scheme}
		set := r.Do(gatewaytest.Request{}).Header.Value("Set-Cookie")
		name, rest, _ := strings.Cut(set, "=")
		value, rest, _ := strings.Cut(rest, ";")
		if got := name + "=;" + rest; got != want || len(value) != 43 {
			t.Errorf("%s: %q", scheme, set)
		}
	}
}

func TestTokens(t *testing.T) {
	r := &gatewaytest.Recorder{Handler: csrf.New(csrf.Config{Bypass: []string{"POST /hooks/"}})(page)}
	cookie, token := visit(t, r)
	other, otherToken := visit(t, r)
	_, secret, _ := strings.Cut(cookie, "=")
	raw, _ := base64.RawURLEncoding.DecodeString(token)
	raw[63] ^= 1
	for _, c := range []struct {
		name, method, target, cookie, token string
		want                                int
	}{
		{"right", "POST", "/", cookie, token, 200},
		{"among other cookies", "POST", "/", "a=b; " + cookie + ";c=d", token, 200},
		{"behind a broken one", "POST", "/", "csrf=broken; " + cookie, token, 200},
		{"PUT", "PUT", "/", cookie, token, 200},
		{"of another visitor", "POST", "/", cookie, otherToken, 403},
		{"another's cookie", "POST", "/", other, token, 403},
		{"no cookie", "POST", "/", "", token, 403},
		{"no token", "POST", "/", cookie, "", 403},
		{"unmasked", "POST", "/", cookie, secret, 403},
		{"one bit", "POST", "/", cookie, base64.RawURLEncoding.EncodeToString(raw), 403},
		{"cut", "POST", "/", cookie, token[:len(token)-1], 403},
		{"longer", "POST", "/", cookie, token + "A", 403},
		{"no base64", "POST", "/", cookie, strings.Repeat("!", len(token)), 403},
		{"an empty cookie", "POST", "/", "csrf=", token, 403},
		{"another name", "POST", "/", "x" + cookie, token, 403},
		{"delete without", "DELETE", "/", cookie, "", 403},
		{"safe method", "HEAD", "/", "", "", 200},
		{"left out", "POST", "/hooks/a", "", "", 200},
		{"not left out", "PUT", "/hooks/a", "", "", 403},
	} {
		q := gatewaytest.Request{Method: c.method, Target: c.target}
		if c.cookie != "" {
			q.Header.Add("Cookie", c.cookie)
		}
		if c.token != "" {
			q.Header.Add("X-CSRF-Token", c.token)
		}
		if res := r.Do(q); res.Status != c.want {
			t.Errorf("%s: %d, want %d", c.name, res.Status, c.want)
		}
	}
}

// Forms bring the token as a field; the handler reads the form as if nobody had.
func TestForms(t *testing.T) {
	r := &gatewaytest.Recorder{Handler: csrf.New(csrf.Config{})(page)}
	cookie, token := visit(t, r)
	_, foreign := visit(t, r)
	encoded := func(token string) (string, []byte) {
		return "application/x-www-form-urlencoded", []byte(url.Values{"a": {"1"}, "csrf_token": {token}}.Encode())
	}
	multi := func(token string) (string, []byte) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		w.WriteField("csrf_token", token)
		part, _ := w.CreateFormFile("upload", "large.bin")
		part.Write(bytes.Repeat([]byte("x"), 1<<20))
		w.Close()
		return w.FormDataContentType(), b.Bytes()
	}
	for name, form := range map[string]func(string) (string, []byte){"urlencoded": encoded, "multipart": multi} {
		for given, want := range map[string]int{token: 200, foreign: 403, "": 403} {
			contentType, body := form(given)
			res := r.Do(gatewaytest.Request{Method: "POST", Header: gateway.Header{{Name: "Cookie", Value: cookie}, {Name: "Content-Type", Value: contentType}}, Body: body})
			if res.Status != want || want == 200 && !bytes.Equal(res.Body, body) {
				t.Errorf("%s with %.10q: %d, the handler read %d bytes of %d", name, given, res.Status, len(res.Body), len(body))
			}
		}
	}
}

// What a page shows differs each time, and stands for the same secret: BREACH.
func TestTokensAreMasked(t *testing.T) {
	r := &gatewaytest.Recorder{Handler: csrf.New(csrf.Config{})(page)}
	cookie, _ := visit(t, r)
	seen := map[string]bool{}
	for range 20 {
		res := r.Do(gatewaytest.Request{Header: gateway.Header{{Name: "Cookie", Value: cookie}}})
		token := string(res.Body)
		if seen[token] || res.Header.Has("Set-Cookie") {
			t.Fatalf("token again, or another cookie: %q", res.Header)
		}
		seen[token] = true
		if res := r.Do(gatewaytest.Request{Method: "POST", Header: gateway.Header{{Name: "Cookie", Value: cookie}, {Name: "X-CSRF-Token", Value: token}}}); res.Status != 200 {
			t.Errorf("%d", res.Status)
		}
	}
}

func TestRotate(t *testing.T) {
	r := &gatewaytest.Recorder{Handler: csrf.New(csrf.Config{})(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		if x.Request.Path == "/login" {
			return csrf.Rotate(x)
		}
		return page(x)
	}))}
	cookie, token := visit(t, r)
	q := gatewaytest.Request{Method: "POST", Target: "/login", Header: gateway.Header{{Name: "Cookie", Value: cookie}, {Name: "X-CSRF-Token", Value: token}}}
	renewed, _, _ := strings.Cut(r.Do(q).Header.Value("Set-Cookie"), ";")
	if renewed == cookie || renewed == "" {
		t.Fatalf("the cookie after the login is %q", renewed)
	}
	q.Target, q.Header[0].Value = "/", renewed
	if res := r.Do(q); res.Status != 403 {
		t.Errorf("%d with the token from before", res.Status)
	}
}

// A page that shows no token costs no cookie.
func TestNoCookieUnasked(t *testing.T) {
	res := gatewaytest.Do(csrf.New(csrf.Config{})(gateway.HandlerFunc(func(*gateway.Exchange) error { return nil })), gatewaytest.Request{})
	if res.Header.Has("Set-Cookie") || res.Header.Has("Vary") {
		t.Errorf("%v", res.Header)
	}
}

func TestOutsideOfTheMiddleware(t *testing.T) {
	gatewaytest.Do(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		if _, err := csrf.Of(x); !errors.Is(err, csrf.ErrMissing) {
			t.Errorf("Of: %v", err)
		}
		if _, err := csrf.Token(x.Context()); !errors.Is(err, csrf.ErrMissing) {
			t.Errorf("Token: %v", err)
		}
		if err := csrf.Rotate(x); !errors.Is(err, csrf.ErrMissing) {
			t.Errorf("Rotate: %v", err)
		}
		return nil
	}), gatewaytest.Request{})
}

func TestNewPanicsAtMistakes(t *testing.T) {
	for _, c := range []csrf.Config{{Cookie: "a b"}, {Header: "a:"}, {Bypass: []string{"x"}}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is taken", c)
				}
			}()
			csrf.New(c)
		}()
	}
}
