package nethttp

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
)

// A request that net/http has read comes out of both borders as it went in, or is
// refused.
func FuzzRequestRoundTrip(f *testing.F) {
	for _, seed := range []string{
		"GET / HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /a%2Fb%20c?q=%2F&r#f HTTP/1.1\r\nHost: h:80\r\nX-A: 1\r\nx-a: 2\r\nX_A: 3\r\n\r\n",
		"GET http://other:81/x?y HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET HTTP://h HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET http://h?a HTTP/1.0\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
		"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n",
		"CONNECT /a HTTP/1.1\r\nHost: h\r\n\r\n",
		"CONNECT  HTTP/1.0\r\n\r\n",
		"CONNECT \" HTTP/1.0\r\n\r\n",
		"CONNECT h/ HTTP/1.0\r\n\r\n",
		"CONNECT h?q HTTP/1.0\r\n\r\n",
		"GET http://a\"b/ HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET //a//b/../c;d?? HTTP/1.1\r\nHost: [::1]:1\r\nCookie: a=b\r\nConnection: close\r\n\r\n",
		"GET /\xc3\xa9\"<>^`{|}\\ HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n",
		"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
		"POST /? HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nX\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		want, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil || want.ProtoMajor != 1 { // net/http's server refuses other versions
			return
		}
		want.RemoteAddr = "192.0.2.1:1234"
		again, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil {
			t.Fatal(err)
		}
		again.RemoteAddr = want.RemoteAddr
		seen := false
		h := Handler(Mount(http.HandlerFunc(func(w http.ResponseWriter, got *http.Request) {
			seen = true
			compare(t, got, want)
		})))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, again)
		if !seen && w.Code != 400 {
			t.Errorf("refused with %d: %s", w.Code, w.Body)
		}
		if !seen && !refusable(want) {
			t.Errorf("%q was refused: %s", want.RequestURI, w.Body)
		}
	})
}

// refusable reports whether a target, or a host, may be refused that net/http lets through.
func refusable(r *http.Request) bool {
	u := r.URL
	return checkHost(r.Host) != nil || isAuthority(r) && r.RequestURI != u.Host || r.RequestURI == "" || u.Opaque != "" || u.User != nil || strings.Contains(r.RequestURI, "#") || u.Path == "*" ||
		u.Scheme != "" && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "")
}

func compare(t *testing.T, got, want *http.Request) {
	t.Helper()
	if want.URL.Path == "" && want.URL.Host != "" && want.Method != "CONNECT" {
		want.URL.Path = "/" // RFC 9110 §4.2.3
		if want.Method == "OPTIONS" && want.URL.RawQuery == "" {
			want.URL.Path = "*" // RFC 9112 §3.2.4
		}
	}
	if want.ContentLength < 0 && want.Header.Get("Trailer") == "" && len(want.Header["Trailer"]) > 0 {
		delete(want.Header, "Trailer") // announces nothing
	}
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"Method", got.Method, want.Method},
		{"RequestURI", got.RequestURI, want.RequestURI},
		{"URL", *got.URL, *want.URL},
		{"Host", got.Host, want.Host},
		{"Proto", []any{got.Proto, got.ProtoMajor, got.ProtoMinor}, []any{want.Proto, want.ProtoMajor, want.ProtoMinor}},
		{"ContentLength", got.ContentLength, want.ContentLength},
		{"TransferEncoding", got.TransferEncoding, want.TransferEncoding},
		{"Close", got.Close, want.Close},
		{"RemoteAddr", got.RemoteAddr, want.RemoteAddr},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: got %#v, want %#v", c.name, c.got, c.want)
		}
	}
	sameFields(t, "Header", got.Header, want.Header)
	sameFields(t, "Trailer announced", got.Trailer, want.Trailer)
	body, err := io.ReadAll(got.Body)
	wanted, wantedErr := io.ReadAll(want.Body)
	if !bytes.Equal(body, wanted) {
		t.Errorf("body: got %q, want %q", body, wanted)
	}
	if (err == nil) != (wantedErr == nil) {
		for name := range want.Trailer {
			if !gateway.ValidTrailer(name) {
				return
			}
		}
		t.Errorf("body: got %v, want %v", err, wantedErr)
	}
	if err == nil {
		sameFields(t, "Trailer", got.Trailer, want.Trailer)
	}
}

func sameFields(t *testing.T, what string, got, want http.Header) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
	for name, values := range want {
		if len(values) != len(got[name]) || len(values) > 0 && !reflect.DeepEqual(values, got[name]) {
			t.Errorf("%s %s: got %q, want %q", what, name, got[name], values)
		}
	}
}
