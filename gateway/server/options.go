package server

import (
	"crypto/tls"
	"net/netip"
	"strings"
	"time"
)

// An option is one setting: a row of the table below.
type option struct {
	name      string // of the flag; in the environment in upper case with underscores
	usage     string
	initial   string // what holds where nothing is said
	precedent string // what others have there
	value
}

// variable is the name behind DEWAR_SERVER_.
func (o *option) variable() string {
	return strings.ToUpper(strings.ReplaceAll(o.name, "-", "_"))
}

// options are all settings: the file of others, then the order of Config, where each is
// described in full.
var options = []option{
	{configOption, "`file` of settings, each on a line of its own: name = value, with the names in this list", "", "Gunicorn --config, which is a program",
		words(func(s *Settings) *string { return &s.File })},
	{"addr", "where to listen, separated by commas: `host:port`, unix:path, unix:path|mode, fd://number, systemd:name", "127.0.0.1:8000", "Gunicorn --bind",
		custom(func(s *Settings) string { return strings.Join(append(one(s.Config.Addr), s.further...), ",") }, func(s *Settings, text string) error {
			addrs := split(text)
			s.Config.Addr, s.further = addrs[0], addrs[1:]
			return nil
		})},
	{"tls-addr", "where to listen with TLS beside addr; without it, addr speaks TLS where there are certificates", "", "nginx listen ... ssl",
		words(func(s *Settings) *string { return &s.TLSAddr })},
	{"tls-cert", "PEM `files` with certificates, separated by commas; the first is the default (SNI)", "", "Gunicorn --certfile, nginx ssl_certificate",
		pairs(func(p *KeyPair) *string { return &p.Certificate })},
	{"tls-key", "PEM `files` with their keys, in the same order", "", "Gunicorn --keyfile, nginx ssl_certificate_key",
		pairs(func(p *KeyPair) *string { return &p.Key })},
	{"tls-client-auth", "whether clients show certificates: `none`, optional or require", "none", "nginx ssl_verify_client: off",
		choice(func(s *Settings) *tls.ClientAuthType { return &s.Files.ClientAuth }, map[string]tls.ClientAuthType{
			"none": tls.NoClientCert, "optional": tls.VerifyClientCertIfGiven, "require": tls.RequireAndVerifyClientCert,
		})},
	{"tls-client-ca", "PEM `file` with the authorities that sign clients' certificates", "", "Gunicorn --ca-certs, nginx ssl_client_certificate",
		words(func(s *Settings) *string { return &s.Files.ClientCAs })},
	{"tls-min-version", "least `version` of TLS: 1.2 or 1.3", "1.2", "nginx ssl_protocols: TLSv1.2 TLSv1.3",
		choice(func(s *Settings) *uint16 { return &s.Files.MinVersion }, map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13})},
	{"tls-watch", "how long a change of the certificates' files may go unnoticed; none: until a reload", "1m0s", "nginx: until a reload; Caddy: 10m",
		duration(func(s *Settings) *time.Duration { return &s.Files.Every })},
	{"tls-adhoc", "TLS with a certificate made for this run, for development", "false", "Flask ssl_context='adhoc'",
		yes(func(s *Settings) *bool { return &s.AdHoc })},
	{"h2c", "HTTP/2 without TLS, by prior knowledge", "false", "off in nginx and Gunicorn",
		yes(func(s *Settings) *bool { return &s.Config.UnencryptedHTTP2 })},
	{"h2c-from", "peers that may speak it, `prefixes` separated by commas; those on unix sockets always may", "127.0.0.0/8,::1/128", "none: others trust all",
		prefixes(func(s *Settings) *[]netip.Prefix { return &s.Config.UnencryptedHTTP2From })},
	{"handshake-timeout", "wait for a TLS handshake; none: no limit", "10s", "net/http TLSHandshakeTimeout: 10s; nginx: 60s",
		duration(func(s *Settings) *time.Duration { return &s.Config.HandshakeTimeout })},
	{"header-timeout", "wait for a whole request head: 408", "10s", "nginx client_header_timeout: 60s",
		duration(func(s *Settings) *time.Duration { return &s.Config.HeaderTimeout })},
	{"body-timeout", "each wait for more of a body: 408", "30s", "nginx client_body_timeout: 60s",
		duration(func(s *Settings) *time.Duration { return &s.Config.BodyTimeout })},
	{"write-timeout", "each wait for the client to take more of a response", "30s", "nginx send_timeout: 60s",
		duration(func(s *Settings) *time.Duration { return &s.Config.WriteTimeout })},
	{"idle-timeout", "wait for the next request on a kept connection; more than the load balancer's", "1m15s", "nginx keepalive_timeout: 75s; Gunicorn --keep-alive: 2s",
		duration(func(s *Settings) *time.Duration { return &s.Config.IdleTimeout })},
	{"lameduck", "go on as before after the order to stop, while probes for readiness fail", "0s", "CoreDNS lameduck: 5s; a sleep in Kubernetes' preStop",
		duration(func(s *Settings) *time.Duration { return &s.Config.Lameduck })},
	{"grace", "wait for running exchanges when the server stops", "30s", "Gunicorn --graceful-timeout: 30s",
		duration(func(s *Settings) *time.Duration { return &s.Config.Grace })},
	{"streams", "exchanges at a time on one connection of HTTP/2", "100", "RFC 9113 §6.5.2: 100 or more; nginx: 128",
		count(func(s *Settings) *int { return &s.Config.Streams })},
	{"max-connections", "connections at a time; more wait to be accepted", "32768", "Gunicorn --worker-connections: 1000 a worker",
		count(func(s *Settings) *int { return &s.Config.MaxConnections })},
	{"max-in-flight", "requests answered at a time; more queue", "0", "Apache MaxRequestWorkers: 256; Gunicorn --threads",
		count(func(s *Settings) *int { return &s.Config.MaxInFlight })},
	{"queue", "requests that wait for max-in-flight: more are 503; 0: as many as max-in-flight", "0", "Gunicorn --backlog: 2048, of connections",
		count(func(s *Settings) *int { return &s.Config.Queue })},
	{"queue-timeout", "their wait: 503", "1s", "none in nginx and Gunicorn",
		duration(func(s *Settings) *time.Duration { return &s.Config.QueueTimeout })},
	{"max-requests", "requests of one connection of HTTP/1; 0: no limit", "0", "nginx keepalive_requests: 1000",
		count(func(s *Settings) *int { return &s.Config.MaxRequests })},
	{"handler-timeout", "until a handler's context ends: 503 where it gives up; none: no limit", "none", "Gunicorn --timeout: 30s",
		duration(func(s *Settings) *time.Duration { return &s.Config.HandlerTimeout })},
	{"watchdog", "until a handler that still runs is reported with its stack; none: never", "none", "uWSGI harakiri, which kills",
		duration(func(s *Settings) *time.Duration { return &s.Config.Watchdog })},
	{"watchdog-cancel", "the watchdog also ends the handler's context", "false", "uWSGI harakiri, which kills",
		yes(func(s *Settings) *bool { return &s.Config.WatchdogCancel })},
	{"limit-line", "bytes of a request line: 414", "8190", "Apache LimitRequestLine: 8190; Gunicorn: 4094",
		size(func(s *Settings) *int { return &s.Config.Limits.Line })},
	{"limit-field", "bytes of a header line: 431", "8190", "Apache LimitRequestFieldSize: 8190; Gunicorn: 8190",
		size(func(s *Settings) *int { return &s.Config.Limits.Field })},
	{"limit-fields", "lines of a header: 431", "100", "Apache LimitRequestFields: 100; Gunicorn: 100",
		count(func(s *Settings) *int { return &s.Config.Limits.Fields })},
	{"limit-header", "bytes of a header: 431", "64KiB", "nginx: 32 KiB; net/http: 1 MiB",
		size(func(s *Settings) *int { return &s.Config.Limits.Header })},
	{"limit-trailers", "lines of a trailer section: 431", "32", "a checksum or two are usual",
		count(func(s *Settings) *int { return &s.Config.Limits.Trailers })},
	{"limit-trailer", "bytes of a trailer section: 431", "16KiB", "hyper: 16 KiB",
		size(func(s *Settings) *int { return &s.Config.Limits.Trailer })},
	{"limit-chunk-line", "bytes of a chunk's size line: 400", "4KiB", "net/http: 4 KiB",
		size(func(s *Settings) *int { return &s.Config.Limits.ChunkLine })},
	{"limit-extensions", "bytes of all chunk extensions of a message: 400", "16KiB", "hyper, Node, net/http: 16 KiB",
		size(func(s *Settings) *int { return &s.Config.Limits.Extensions })},
	{"drain-limit", "bytes of an unread body that are thrown away to keep the connection", "256KiB", "net/http: 256 KiB",
		size(func(s *Settings) *int64 { return &s.Config.DrainLimit })},
	{"proxies", "proxies whose X-Forwarded fields are believed, `prefixes` separated by commas", "", "Gunicorn --forwarded-allow-ips: 127.0.0.1,::1",
		prefixes(func(s *Settings) *[]netip.Prefix { return &s.Config.TrustedProxies.Proxies })},
	{"proxy-hops", "how many proxies stand in front, where their addresses are not known", "0", "Werkzeug ProxyFix x_for: 1",
		count(func(s *Settings) *int { return &s.Config.TrustedProxies.Hops })},
	{"proxy-unix", "trust peers on unix sockets as proxies", "false", "Gunicorn: always",
		yes(func(s *Settings) *bool { return &s.Config.TrustedProxies.Unix })},
	{"proxy-standard", "believe Forwarded (RFC 7239) instead of the X-Forwarded fields", "false", "few proxies write it",
		yes(func(s *Settings) *bool { return &s.Config.TrustedProxies.Standard })},
	{"proxy-host", "believe X-Forwarded-Host, or the host of Forwarded", "false", "Werkzeug ProxyFix x_host: 0",
		yes(func(s *Settings) *bool { return &s.Config.TrustedProxies.Host })},
	{"proxy-port", "believe X-Forwarded-Port", "false", "Werkzeug ProxyFix x_port: 0",
		yes(func(s *Settings) *bool { return &s.Config.TrustedProxies.Port })},
	{"proxy-prefix", "believe X-Forwarded-Prefix", "false", "Werkzeug ProxyFix x_prefix: 0",
		yes(func(s *Settings) *bool { return &s.Config.TrustedProxies.Prefix })},
	{"access-log", "`file` of the access log, - for standard output", "", "Gunicorn --access-logfile: none",
		words(func(s *Settings) *string { return &s.AccessLog })},
	{"access-log-format", "common, combined, json, or a text of Gunicorn's atoms", "combined", "Gunicorn --access-logformat: combined",
		words(func(s *Settings) *string { return &s.AccessLogFormat })},
	{"plain", "keep connections off the fast path of TCP on Linux, to find faults", "false", "none",
		yes(func(s *Settings) *bool { return &s.Config.Plain })},
}
