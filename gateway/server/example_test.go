package server_test

import (
	"context"
	"flag"
	"log"
	"os"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

var hello = gateway.HandlerFunc(func(x *gateway.Exchange) error {
	_, err := x.WriteString("Hello, World!")
	return err
})

// HTTPS beside plain HTTP for the machine itself, with certificates for two names that
// are read anew when they change.
func ExampleCertificateFiles() {
	certificates, err := server.CertificateFiles{Pairs: []server.KeyPair{
		{Certificate: "example.com.pem", Key: "example.com.key"},
		{Certificate: "example.net.pem", Key: "example.net.key"},
	}}.Load()
	if err != nil {
		log.Fatal(err)
	}
	s := server.New(server.Config{
		Addr: ":443", TLS: certificates.TLS(),
		Listeners: []server.Listener{{Addr: "127.0.0.1:8000"}},
	})
	log.Fatal(s.Serve(context.Background(), hello))
}

// Counters for Prometheus, on a port of their own that only the machine itself reaches.
func ExampleCounters() {
	counters := new(server.Counters)
	go func() { // ends with the program
		admin := server.New(server.Config{Addr: "127.0.0.1:9000"})
		log.Fatal(admin.Serve(context.Background(), counters.Handler()))
	}()
	s := server.New(server.Config{Addr: ":8000", Counters: counters})
	log.Fatal(s.Serve(context.Background(), hello))
}

// A program whose operator decides, by DEWAR_SERVER_* in the environment and by flags.
func ExampleSettings() {
	settings := server.Settings{Config: server.Config{Addr: ":5000"}}
	settings.Flags(flag.CommandLine)
	flag.Parse()
	config, err := settings.Load(os.Environ())
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(server.New(config).Serve(context.Background(), hello))
}
