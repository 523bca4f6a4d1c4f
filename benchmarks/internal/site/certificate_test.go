package site

import "testing"

func TestCertificateIsWhatPeersLoad(t *testing.T) {
	t.Setenv(CertificateVariable, "")
	if TLS() != nil {
		t.Error("TLS without a certificate")
	}
	folder := t.TempDir()
	if err := WriteCertificate(folder); err != nil {
		t.Fatal(err)
	}
	t.Setenv(CertificateVariable, folder)
	if c := TLS(); c == nil || len(c.Certificates) != 1 {
		t.Errorf("TLS() = %v, want one certificate", c)
	}
}
