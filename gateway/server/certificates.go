package server

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// CertificateFiles says from which files TLS takes its certificates. They are read anew
// when they change, as a client that renews them (ACME, Kubernetes) needs it.
type CertificateFiles struct {
	// Pairs are the certificates, of which the name that a client asks for (SNI, RFC 6066
	// §3) chooses one. The first is for clients that ask for none, or for one that is not
	// there, as in nginx. Several of one name, such as RSA and ECDSA, serve the clients
	// that support them.
	Pairs []KeyPair

	// ClientAuth is whether clients show certificates: tls.NoClientCert (the default),
	// tls.VerifyClientCertIfGiven or tls.RequireAndVerifyClientCert (nginx
	// ssl_verify_client: off, optional, on). crypto/tls's other ways verify nothing and
	// are refused. The handler finds them in Request.TLS.
	ClientAuth tls.ClientAuthType

	// ClientCAs is a PEM file with the authorities that sign clients' certificates.
	ClientCAs string

	// MinVersion is the least version of TLS. Default TLS 1.2 (RFC 9325 §3.1.1).
	MinVersion uint16

	// NextProtos are the protocols offered (ALPN, RFC 7301). Default h2 and http/1.1.
	NextProtos []string

	// Every is how long a change of the files may go unnoticed. They are looked at when
	// a client comes and that time has passed. Default one minute; negative: only Reload
	// reads them.
	Every time.Duration

	// Error is told of files that changed and cannot be used, once for each change; r is
	// nil. What was read before stays in use. Default: gateway.LogFault.
	Error func(r *gateway.Request, err error)
}

// A KeyPair is a certificate and its key, two PEM files; the certificate's may hold the
// intermediate ones behind it.
type KeyPair struct{ Certificate, Key string }

// Certificates are what was read from CertificateFiles last. They may be used by any
// number of servers at once.
type Certificates struct {
	files   CertificateFiles
	current atomic.Pointer[tls.Config] // replaced, never changed
	checked atomic.Int64               // when the files were last looked at, in Unix nanoseconds

	mu   sync.Mutex    // one reads at a time
	seen []os.FileInfo // of the files as they were last read; nil for one that was not there
}

// Load reads all files. The error lists all that is wrong with them.
func (f CertificateFiles) Load() (*Certificates, error) {
	f.MinVersion = cmp.Or(f.MinVersion, tls.VersionTLS12)
	f.Every = cmp.Or(f.Every, time.Minute)
	if f.NextProtos == nil {
		f.NextProtos = bothVersions
	}
	if f.Error == nil {
		f.Error = gateway.LogFault
	}
	c := &Certificates{files: f}
	if err := errors.Join(f.validate(), c.Reload()); err != nil {
		return nil, err
	}
	return c, nil
}

func (f CertificateFiles) validate() error {
	var errs []error
	if len(f.Pairs) == 0 {
		errs = append(errs, errors.New("server: no certificate: CertificateFiles.Pairs is empty"))
	}
	for _, pair := range f.Pairs {
		if pair.Certificate == "" || pair.Key == "" {
			errs = append(errs, fmt.Errorf("server: certificate %q with key %q: every certificate needs its key", pair.Certificate, pair.Key))
		}
	}
	if f.MinVersion < tls.VersionTLS12 {
		errs = append(errs, fmt.Errorf("server: MinVersion is %s, want TLS 1.2 or more (RFC 8996 §4)", tls.VersionName(f.MinVersion)))
	}
	switch f.ClientAuth {
	case tls.NoClientCert:
		if f.ClientCAs != "" {
			errs = append(errs, errors.New("server: ClientCAs is set, and ClientAuth asks for no certificate"))
		}
	case tls.VerifyClientCertIfGiven, tls.RequireAndVerifyClientCert:
		if f.ClientCAs == "" {
			errs = append(errs, errors.New("server: ClientAuth needs ClientCAs"))
		}
	default:
		errs = append(errs, fmt.Errorf("server: ClientAuth is %v, want NoClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert", f.ClientAuth))
	}
	return errors.Join(errs...)
}

// TLS is a configuration that always uses what was read last, for Config.TLS.
func (c *Certificates) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: c.files.MinVersion,
		NextProtos: c.files.NextProtos,
		// Tickets of earlier connections stay good, since their keys are those of this
		// configuration and not of the one returned; crypto/tls rotates them daily.
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			c.check()
			return c.current.Load(), nil
		},
	}
}

// check reads the files if it is time to look at them and they have changed. The client
// that comes first pays for it, others go on with what there is.
func (c *Certificates) check() {
	now, last := time.Now().UnixNano(), c.checked.Load()
	if c.files.Every < 0 || now-last < int64(c.files.Every) || !c.checked.CompareAndSwap(last, now) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if infos := c.stat(); !same(infos, c.seen) {
		if err := c.read(infos); err != nil {
			c.files.Error(nil, err)
		}
	}
}

// Reload reads the files, changed or not. If one cannot be used all stay as they were.
func (c *Certificates) Reload() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checked.Store(time.Now().UnixNano())
	return c.read(c.stat())
}

// read replaces the configuration. infos were taken before, so that a change meanwhile
// is noticed the next time.
func (c *Certificates) read(infos []os.FileInfo) error {
	c.seen = infos
	var errs []error
	ring := newKeyring()
	for _, pair := range c.files.Pairs {
		certificate, err := tls.LoadX509KeyPair(pair.Certificate, pair.Key)
		if err != nil {
			errs = append(errs, fmt.Errorf("server: certificate %s with key %s: %w", pair.Certificate, pair.Key, err))
			continue
		}
		ring.add(&certificate)
	}
	authorities, err := c.authorities()
	if err := errors.Join(append(errs, err)...); err != nil {
		return err
	}
	c.current.Store(&tls.Config{
		MinVersion:     c.files.MinVersion,
		NextProtos:     c.files.NextProtos,
		ClientAuth:     c.files.ClientAuth,
		ClientCAs:      authorities,
		GetCertificate: ring.choose,
	})
	return nil
}

func (c *Certificates) authorities() (*x509.CertPool, error) {
	if c.files.ClientCAs == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(c.files.ClientCAs)
	if err != nil {
		return nil, fmt.Errorf("server: ClientCAs: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("server: ClientCAs: %s holds no certificate in PEM", c.files.ClientCAs)
	}
	return pool, nil
}

// stat looks at all files; symbolic links, by which ACME clients and Kubernetes replace
// them, are followed.
func (c *Certificates) stat() (infos []os.FileInfo) {
	names := []string{}
	for _, pair := range c.files.Pairs {
		names = append(names, pair.Certificate, pair.Key)
	}
	if c.files.ClientCAs != "" {
		names = append(names, c.files.ClientCAs)
	}
	for _, name := range names {
		info, _ := os.Stat(name) // nil where there is none, which reading tells of
		infos = append(infos, info)
	}
	return infos
}

func same(a, b []os.FileInfo) bool {
	for i := range a {
		if (a[i] == nil) != (b[i] == nil) {
			return false
		}
		if a[i] != nil && !(os.SameFile(a[i], b[i]) && a[i].Size() == b[i].Size() && a[i].ModTime().Equal(b[i].ModTime())) {
			return false
		}
	}
	return true
}
