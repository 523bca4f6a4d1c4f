package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/nethttp"
)

// selfSigned makes a certificate for this machine, good for a day.
func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(24 * time.Hour),
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// beside runs a second server for the application, with TLS, until the process
// ends, and returns once it has bound its address. net/http runs it, whichever
// gateway runs the first.
func (o options) beside(app *framework.App) (gateway.ServerInfo, error) {
	certificate, err := selfSigned()
	if err != nil {
		return gateway.ServerInfo{}, err
	}
	c := o.nethttp(o.tls)
	c.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
	g := &guest{Handler: gateway.HandlerFunc(app.Serve), started: make(chan gateway.ServerInfo, 1)}
	ended := make(chan error, 1)
	go func() { ended <- nethttp.New(c).Serve(context.Background(), g) }()
	select {
	case s := <-g.started:
		return s, nil
	case err := <-ended:
		return gateway.ServerInfo{}, err
	}
}

// A guest is an application that somebody else starts and stops.
type guest struct {
	gateway.Handler
	started chan gateway.ServerInfo
}

// Startup tells where the second server is.
func (g *guest) Startup(_ context.Context, s gateway.ServerInfo) error {
	g.started <- s
	return nil
}

// Shutdown has nothing to do.
func (g *guest) Shutdown(context.Context) error { return nil }
