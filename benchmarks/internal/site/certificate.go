package site

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// CertificateVariable names the environment variable with the folder of the
// certificate, set where the peer is to speak TLS.
const CertificateVariable = "BENCHMARKS_CERTIFICATE"

// Certificate returns the files of the certificate and its key; ok is false where
// the peer is to speak plain HTTP.
func Certificate() (certificate, key string, ok bool) {
	folder := os.Getenv(CertificateVariable)
	certificate, key = CertificateFiles(folder)
	return certificate, key, folder != ""
}

// CertificateFiles names the files in the folder.
func CertificateFiles(folder string) (certificate, key string) {
	return filepath.Join(folder, "certificate.pem"), filepath.Join(folder, "key.pem")
}

// TLS is Certificate as a configuration, nil for plain HTTP.
func TLS() *tls.Config {
	certificate, key, ok := Certificate()
	if !ok {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	Must(err)
	return &tls.Config{Certificates: []tls.Certificate{pair}}
}

// WriteCertificate makes a certificate for the loopback address that nobody
// trusts, with a key on P-256, as most certificates have it.
func WriteCertificate(folder string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("site: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 1, 0),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return fmt.Errorf("site: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("site: %w", err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("site: %w", err)
	}
	certificateFile, keyFile := CertificateFiles(folder)
	for name, block := range map[string]*pem.Block{
		certificateFile: {Type: "CERTIFICATE", Bytes: certificate},
		keyFile:         {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			return fmt.Errorf("site: %w", err)
		}
	}
	return nil
}
