package server_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// An authority signs the certificates of a test.
type authority struct {
	t           *testing.T
	certificate *x509.Certificate
	key         crypto.Signer
	dir         string
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, key: newKey(t, false), dir: t.TempDir()}
	a.certificate = a.sign(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, a.key)
	a.write("ca.pem", "CERTIFICATE", a.certificate.Raw)
	return a
}

func newKey(t *testing.T, old bool) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	if old {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *authority) sign(template *x509.Certificate, key crypto.Signer) *x509.Certificate {
	a.t.Helper()
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent := a.certificate
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return certificate
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

// write replaces a file as careful programs do.
func (a *authority) write(name, kind string, der []byte) {
	a.t.Helper()
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := errors.Join(os.WriteFile(a.path("new"), text, 0o600), os.Rename(a.path("new"), a.path(name))); err != nil {
		a.t.Fatal(err)
	}
}

// issue writes a certificate for names, and its key; subject tells it from others.
func (a *authority) issue(file, subject string, old bool, names ...string) server.KeyPair {
	a.t.Helper()
	pair, writeKey := a.prepare(file, subject, old, names...)
	writeKey()
	return pair
}

// prepare writes the certificate, and leaves the key to be written.
func (a *authority) prepare(file, subject string, old bool, names ...string) (pair server.KeyPair, writeKey func()) {
	a.t.Helper()
	key := newKey(a.t, old)
	certificate := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: subject}, DNSNames: names, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, key)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(file+".crt", "CERTIFICATE", certificate.Raw)
	return server.KeyPair{Certificate: a.path(file + ".crt"), Key: a.path(file + ".key")}, func() { a.write(file+".key", "PRIVATE KEY", der) }
}

func (a *authority) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

func load(t *testing.T, f server.CertificateFiles) *server.Certificates {
	t.Helper()
	c, err := f.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// shows is the subject of the certificate that a client is shown.
func (r *running) shows(t *testing.T, theirs *tls.Config) string {
	t.Helper()
	conn, err := tls.Dial(r.addr.Network(), r.addr.String(), theirs)
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

// RFC 6066 §3, RFC 9525 §6.3
func TestCertificateIsChosenByName(t *testing.T) {
	a := newAuthority(t)
	certificates := load(t, server.CertificateFiles{Pairs: []server.KeyPair{
		a.issue("first", "first", false, "first.test"),
		a.issue("wild", "wild", false, "*.wild.test"),
		a.issue("exact", "exact", false, "exact.wild.test", "second.name.test"),
		a.issue("rsa", "exact with RSA", true, "exact.wild.test"),
	}})
	r := start(t, server.Config{TLS: certificates.TLS()}, url)
	modern, old := tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
	for _, test := range []struct {
		name, want string
		suite      uint16
	}{
		{"first.test", "first", modern},
		{"exact.wild.test", "exact", modern},
		{"EXACT.wild.test", "exact", modern},
		{"exact.wild.test", "exact with RSA", old},
		{"second.name.test", "exact", modern},
		{"other.wild.test", "wild", modern},
		{"a.b.wild.test", "first", modern},
		{"wild.test", "first", modern},
		{"unknown.test", "first", modern},
		{"", "first", modern},
	} {
		got := r.shows(t, &tls.Config{
			ServerName: test.name, InsecureSkipVerify: true, // the choice is looked at, also the wrong one
			CipherSuites: []uint16{test.suite}, MaxVersion: tls.VersionTLS12,
		})
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.name, got, test.want)
		}
	}
}

// Files that change are read anew; while they do not fit together, or are no
// certificates, the old ones stay, and that is told once.
func TestCertificatesAreReloadedOnChange(t *testing.T) {
	a := newAuthority(t)
	pair := a.issue("web", "old", false, "web.test")
	var mu sync.Mutex
	var told []string
	certificates := load(t, server.CertificateFiles{
		Pairs: []server.KeyPair{pair}, Every: time.Nanosecond,
		Error: func(_ *gateway.Request, err error) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, err.Error())
		},
	})
	r := start(t, server.Config{TLS: certificates.TLS()}, url)
	theirs := &tls.Config{RootCAs: a.roots(), ServerName: "web.test"}
	expect := func(want, fault string) {
		t.Helper()
		for range 3 {
			if got := r.shows(t, theirs); got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
		mu.Lock()
		defer mu.Unlock()
		if fault == "" && len(told) > 0 || fault != "" && (len(told) != 1 || !strings.Contains(told[0], fault)) {
			t.Errorf("told %q, want %q", told, fault)
		}
		told = nil
	}
	kept, err := tls.Dial(r.addr.Network(), r.addr.String(), theirs)
	if err != nil {
		t.Fatal(err)
	}
	expect("old", "")
	_, writeKey := a.prepare("web", "new", false, "web.test")
	expect("old", "private key does not match public key")
	writeKey()
	expect("new", "")
	if err := os.Remove(pair.Key); err != nil {
		t.Fatal(err)
	}
	expect("new", "no such file")
	a.write("web.key", "PRIVATE KEY", []byte("no key"))
	expect("new", "web.key")
	a.issue("web", "newest", false, "web.test")
	expect("newest", "")
	c := wrap(t, kept)
	c.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	c.answer("GET")
}

// Where the files are not watched, a reload reads them; a bad one changes nothing.
func TestReloadOfCertificates(t *testing.T) {
	a := newAuthority(t)
	pair := a.issue("web", "old", false, "web.test")
	certificates := load(t, server.CertificateFiles{Pairs: []server.KeyPair{pair}, Every: -1})
	r := start(t, server.Config{TLS: certificates.TLS()}, url)
	theirs := &tls.Config{RootCAs: a.roots(), ServerName: "web.test"}
	_, writeKey := a.prepare("web", "new", false, "web.test")
	if err := certificates.Reload(); err == nil || !strings.Contains(err.Error(), "web.crt") {
		t.Errorf("got %v", err)
	}
	writeKey()
	if got := r.shows(t, theirs); got != "old" {
		t.Errorf("got %q before the reload", got)
	}
	if err := certificates.Reload(); err != nil {
		t.Error(err)
	}
	if got := r.shows(t, theirs); got != "new" {
		t.Errorf("got %q after the reload", got)
	}
}

// A session that was begun before a reload is resumed after it.
func TestTicketsOutliveAReload(t *testing.T) {
	a := newAuthority(t)
	certificates := load(t, server.CertificateFiles{Pairs: []server.KeyPair{a.issue("web", "web", false, "web.test")}, Every: -1})
	r := start(t, server.Config{TLS: certificates.TLS()}, url)
	theirs := &tls.Config{RootCAs: a.roots(), ServerName: "web.test", NextProtos: []string{"http/1.1"}, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	for _, resumed := range []bool{false, true} {
		conn, err := tls.Dial(r.addr.Network(), r.addr.String(), theirs)
		if err != nil {
			t.Fatal(err)
		}
		if got := conn.ConnectionState().DidResume; got != resumed {
			t.Errorf("resumed: %v, want %v", got, resumed)
		}
		c := wrap(t, conn)
		c.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		c.answer("GET") // the ticket comes before it
		if err := certificates.Reload(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestClientCertificates(t *testing.T) {
	a, foreign := newAuthority(t), newAuthority(t)
	web := a.issue("web", "web", false, "web.test")
	identity := func(p server.KeyPair) []tls.Certificate {
		c, err := tls.LoadX509KeyPair(p.Certificate, p.Key)
		if err != nil {
			t.Fatal(err)
		}
		return []tls.Certificate{c}
	}
	ours, theirs := identity(a.issue("client", "alice", false)), identity(foreign.issue("client", "mallory", false))
	for _, test := range []struct {
		name                  string
		auth                  tls.ClientAuthType
		none, known, stranger string // what a client without, with ours, and with a foreign one sees
	}{
		{"none", tls.NoClientCert, "200 nobody", "200 nobody", "200 nobody"},
		{"optional", tls.VerifyClientCertIfGiven, "200 nobody", "200 alice", "refused"},
		{"require", tls.RequireAndVerifyClientCert, "refused", "200 alice", "refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := server.CertificateFiles{Pairs: []server.KeyPair{web}, ClientAuth: test.auth}
			if test.auth != tls.NoClientCert {
				f.ClientCAs = a.path("ca.pem")
			}
			r := start(t, server.Config{TLS: load(t, f).TLS()}, gateway.HandlerFunc(func(x *gateway.Exchange) error {
				name := "nobody"
				if chains := x.Request.TLS.VerifiedChains; len(chains) > 0 {
					name = chains[0][0].Subject.CommonName
				}
				_, err := x.WriteString(name)
				return err
			}))
			for want, certificates := range map[string][]tls.Certificate{"none": nil, "known": ours, "stranger": theirs} {
				config := &tls.Config{RootCAs: a.roots(), ServerName: "web.test", GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
					if certificates == nil {
						return new(tls.Certificate), nil
					}
					return &certificates[0], nil // also one that the server would not like
				}}
				got := fetch(t, r, config)
				if expected := map[string]string{"none": test.none, "known": test.known, "stranger": test.stranger}[want]; got != expected {
					t.Errorf("%s: got %q, want %q", want, got, expected)
				}
			}
		})
	}
}

// fetch asks for a page over TLS; "refused" where the handshake fails.
func fetch(t *testing.T, r *running, config *tls.Config) string {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport, Timeout: 30 * time.Second}).Get("https://" + r.addr.String() + "/")
	if err != nil {
		return "refused"
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(res.StatusCode, " ", string(body))
}

// RFC 8996 §4: versions before 1.2 are not spoken. RFC 7301 §3.2: the protocol is agreed on.
func TestVersionsAndProtocolsOfTLS(t *testing.T) {
	a := newAuthority(t)
	pairs := []server.KeyPair{a.issue("web", "web", false, "web.test")}
	both := start(t, server.Config{TLS: load(t, server.CertificateFiles{Pairs: pairs}).TLS()}, url)
	one := start(t, server.Config{TLS: load(t, server.CertificateFiles{Pairs: pairs, MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"}}).TLS()}, url)
	for _, test := range []struct {
		name   string
		server *running
		max    uint16
		offer  []string
		want   string // the agreed protocol, or a part of the error
	}{
		{"TLS 1.1", both, tls.VersionTLS11, nil, "protocol version"},
		{"TLS 1.2", both, tls.VersionTLS12, []string{"h2"}, "h2"},
		{"TLS 1.3", both, tls.VersionTLS13, []string{"http/1.1"}, "http/1.1"},
		{"nothing offered", both, tls.VersionTLS13, nil, ""},
		{"nothing in common", both, tls.VersionTLS13, []string{"spdy/3"}, "no application protocol"},
		{"raised to 1.3", one, tls.VersionTLS12, nil, "protocol version"},
		{"without HTTP/2", one, tls.VersionTLS13, []string{"h2", "http/1.1"}, "http/1.1"},
	} {
		conn, err := tls.Dial("tcp", test.server.addr.String(), &tls.Config{
			RootCAs: a.roots(), ServerName: "web.test", MinVersion: tls.VersionTLS10, MaxVersion: test.max, NextProtos: test.offer,
		})
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = conn.ConnectionState().NegotiatedProtocol
			conn.Close()
		}
		if got != test.want && (err == nil || !strings.Contains(got, test.want)) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestImpossibleCertificateFilesAreToldTogether(t *testing.T) {
	for _, test := range []struct {
		files server.CertificateFiles
		want  []string
	}{
		{server.CertificateFiles{}, []string{"Pairs is empty"}},
		{server.CertificateFiles{Pairs: []server.KeyPair{{"a.crt", "a.key"}, {"b.crt", "b.key"}}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: "ca.pem", MinVersion: tls.VersionTLS11},
			[]string{"a.crt", "b.crt", "ca.pem", "TLS 1.1"}},
		{server.CertificateFiles{ClientAuth: tls.VerifyClientCertIfGiven}, []string{"needs ClientCAs"}},
		{server.CertificateFiles{ClientCAs: "ca.pem"}, []string{"asks for no certificate"}},
		{server.CertificateFiles{ClientAuth: tls.RequireAnyClientCert}, []string{"RequireAnyClientCert"}},
		{server.CertificateFiles{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: "certificates_test.go"}, []string{"holds no certificate"}},
	} {
		_, err := test.files.Load()
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: %v does not tell of %q", test.files, err, want)
			}
		}
	}
}
