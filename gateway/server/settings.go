package server

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/dewar-go/dewar/gateway/accesslog"
)

// Settings fill a Config from a file, the environment and flags, for programs that let
// their operator decide. What is said later in this list holds:
//
//	the documented default, the program's own (Config), the File,
//	DEWAR_SERVER_* in the environment, flags
//
// One table (options.go) drives names, parsing and docs/operations.md. In the
// environment -header-timeout is DEWAR_SERVER_HEADER_TIMEOUT. $PORT, by which platforms
// tell where to listen, is an address on all interfaces that holds where the operator
// gives none.
//
//	s := server.Settings{Config: server.Config{Addr: ":5000"}}
//	s.Flags(flag.CommandLine)
//	flag.Parse()
//	config, err := s.Load(os.Environ())
//
// Load is called once. What it opened, Reload and Reopen are for, and Close.
type Settings struct {
	// File is read for settings: lines of the form name = value, with the names of the
	// flags. Default: none.
	File string

	// Config is the program's own configuration before Load, and the whole one after.
	// What has no name in the table, such as Error, stays as the program has it.
	Config Config

	// Files are the certificates. With a TLSAddr they are for the addresses that it
	// lists, separated by commas, else for Config.Addr.
	Files   CertificateFiles
	TLSAddr string

	// AdHoc stands for Files in development: a certificate made by AdHoc.
	AdHoc bool

	// AccessLog is the file of the access log, "-" for standard output, and
	// AccessLogFormat common, combined, json or a text of Gunicorn's atoms.
	AccessLog, AccessLogFormat string

	// PrintConfig is the flag -print-config, or -check-config: the program is to Print
	// and end.
	PrintConfig bool

	checkConfig bool      // -check-config: Print says only that all is well
	before      *Settings // as the program and the flags had them before Load
	environ     []string

	certificates *Certificates // nil: none, or ad hoc
	log          *accesslog.Log
	further      []string          // addresses behind the first
	flags        map[string]string // as given, by name
	origins      map[string]string // where a value comes from, by name
}

// environment is the prefix of variables that are settings.
const environment = "DEWAR_SERVER_"

// Flags adds a flag for every setting. Mistakes in their values are told by Load.
func (s *Settings) Flags(fs *flag.FlagSet) {
	for i := range options {
		fs.Var(given{s, &options[i]}, options[i].name, options[i].usage)
	}
	fs.BoolVar(&s.PrintConfig, "print-config", false, "print every setting and where it comes from, and end")
	fs.Var(checking{s}, "check-config", "tell whether the settings can be used, files of certificates included, and end")
}

// A given is a setting as a flag.Value: it keeps the text for Load.
type given struct {
	s *Settings
	o *option
}

func (g given) String() string {
	if g.o == nil { // package flag asks a zero value
		return ""
	}
	return g.s.show(g.o)
}

func (g given) Set(text string) error {
	if g.s.flags == nil {
		g.s.flags = make(map[string]string)
	}
	g.s.flags[g.o.name] = text
	return nil
}

func (g given) IsBoolFlag() bool { return g.o.kind == boolean }

// checking is -check-config.
type checking struct{ s *Settings }

func (c checking) String() string {
	return strconv.FormatBool(c.s != nil && c.s.checkConfig)
}

func (c checking) Set(text string) (err error) {
	c.s.checkConfig, err = strconv.ParseBool(text)
	c.s.PrintConfig = c.s.PrintConfig || c.s.checkConfig
	return err
}

func (c checking) IsBoolFlag() bool { return true }

// show is the value of a setting as text.
func (s *Settings) show(o *option) string {
	if text := o.get(s); text != "" {
		return text
	}
	return o.initial
}

// Load applies the file, the environment, of the form that os.Environ returns, and the
// flags, reads the certificates, and returns the configuration. The error lists everything
// that is wrong: unknown names in the file and behind DEWAR_SERVER_, values that cannot be
// understood, settings that are impossible together.
func (s *Settings) Load(environ []string) (Config, error) {
	before := *s
	before.Files.Pairs = slices.Clone(s.Files.Pairs)
	before.Config.Listeners = slices.Clone(s.Config.Listeners)
	s.before, s.environ = &before, slices.Clone(environ)
	errs := s.apply(environ)
	if err := s.secure(); err != nil {
		errs = append(errs, err)
	}
	if err := s.openLog(); err != nil {
		errs = append(errs, err)
	}
	if err := s.Config.validate(); err != nil {
		errs = append(errs, err)
	}
	return s.Config, errors.Join(errs...)
}

// apply sets every setting that the operator gives.
func (s *Settings) apply(environ []string) []error {
	variables, port := make(map[string]string), ""
	for _, assignment := range environ {
		name, text, _ := strings.Cut(assignment, "=")
		if setting, ok := strings.CutPrefix(name, environment); ok {
			variables[setting] = text
		}
		if name == "PORT" {
			port = text
		}
	}
	s.origins = make(map[string]string)
	file, errs := s.file(variables)
	for i := range options {
		o := &options[i]
		if o.get(s) != "" {
			s.origins[o.name] = "the program"
		}
		e, inFile := file[o.name]
		if inFile {
			errs = s.set(errs, o, e.text, e.origin)
		}
		if text, ok := variables[o.variable()]; ok {
			errs = s.set(errs, o, text, environment+o.variable())
			delete(variables, o.variable())
		} else if o.name == "addr" && port != "" && !inFile {
			errs = s.set(errs, o, "0.0.0.0:"+port, "PORT")
		}
		if text, ok := s.flags[o.name]; ok {
			errs = s.set(errs, o, text, "-"+o.name)
		}
	}
	for _, name := range sortedKeys(variables) {
		errs = append(errs, fmt.Errorf("server: %s%s is no setting: -help lists them", environment, name))
	}
	return errs
}

// file reads the File, wherever its name comes from.
func (s *Settings) file(variables map[string]string) (entries map[string]entry, errs []error) {
	name := s.File
	if text, ok := variables[strings.ToUpper(configOption)]; ok {
		name = text
	}
	if text, ok := s.flags[configOption]; ok {
		name = text
	}
	if name == "" {
		return nil, nil
	}
	return readSettings(name)
}

func sortedKeys(m map[string]string) (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func (s *Settings) set(errs []error, o *option, text, origin string) []error {
	s.origins[o.name] = origin
	if err := o.set(s, text); err != nil {
		return append(errs, fmt.Errorf("server: %s is %q: %w", origin, text, err))
	}
	return errs
}

// secure makes listeners of the addresses, those of TLS with the certificates.
func (s *Settings) secure() error {
	config, err := s.readCertificates()
	if err != nil {
		return err
	}
	if s.TLSAddr == "" {
		if config != nil {
			s.Config.TLS = config
		}
		for _, addr := range s.further {
			s.Config.Listeners = append(s.Config.Listeners, Listener{Addr: addr, TLS: s.Config.TLS})
		}
		return nil
	}
	for _, addr := range s.further {
		s.Config.Listeners = append(s.Config.Listeners, Listener{Addr: addr})
	}
	if config == nil {
		return errors.New("server: tls-addr needs certificates: tls-cert and tls-key, or tls-adhoc")
	}
	if s.Config.Addr == "" {
		s.Config.Addr = s.Config.withDefaults().Addr
	}
	for addr := range strings.SplitSeq(s.TLSAddr, ",") {
		s.Config.Listeners = append(s.Config.Listeners, Listener{Addr: strings.TrimSpace(addr), TLS: config})
	}
	return nil
}

// readCertificates gives nil where none are named.
func (s *Settings) readCertificates() (*tls.Config, error) {
	switch {
	case s.AdHoc && len(s.Files.Pairs) > 0:
		return nil, errors.New("server: tls-adhoc and tls-cert exclude each other")
	case s.AdHoc:
		certificate, err := AdHoc()
		if err != nil {
			return nil, err
		}
		return &tls.Config{Certificates: []tls.Certificate{certificate}}, nil
	case len(s.Files.Pairs) == 0:
		if s.Files.ClientAuth != tls.NoClientCert || s.Files.ClientCAs != "" {
			return nil, errors.New("server: tls-client-auth and tls-client-ca need tls-cert")
		}
		return nil, nil
	}
	if s.Files.Error == nil {
		s.Files.Error = s.Config.Error
	}
	var err error
	if s.certificates, err = s.Files.Load(); err != nil {
		return nil, err
	}
	return s.certificates.TLS(), nil
}

// openLog opens the access log where one is wanted.
func (s *Settings) openLog() (err error) {
	if s.AccessLog == "" {
		if s.AccessLogFormat != "" {
			return errors.New("server: access-log-format needs access-log")
		}
		return nil
	}
	c := accesslog.Config{File: s.AccessLog, Format: s.AccessLogFormat}
	if c.File == "-" {
		c.File = ""
	}
	switch c.Format {
	case "common":
		c.Format = accesslog.Common
	case "combined":
		c.Format = accesslog.Combined
	}
	s.log, err = accesslog.New(c)
	s.Config.AccessLog = s.log
	return err
}

// Reload are the hooks for SIGHUP (gateway/process): they read the File and the
// certificates anew. Where settings have changed, the process is to be replaced by one that
// begins with them; where something is wrong with them, what there is goes on.
func (s *Settings) Reload() (hooks []func() error) {
	if s.File != "" {
		hooks = append(hooks, s.reread)
	}
	if s.certificates != nil {
		hooks = append(hooks, s.certificates.Reload)
	}
	return hooks
}

// Reopen are the hooks for SIGUSR1: they open the access log anew.
func (s *Settings) Reopen() (hooks []func() error) {
	if s.log != nil {
		hooks = append(hooks, s.log.Reopen)
	}
	return hooks
}

// Close closes the access log, when the server has ended.
func (s *Settings) Close() error {
	if s.log == nil {
		return nil
	}
	return s.log.Close()
}

// Print writes every setting with its value and where that comes from: a default, the
// program, a line of the file, a variable, a flag. There are no secrets among them, only
// names of files. After -check-config it writes no more than that they can be used.
func (s *Settings) Print(w io.Writer) error {
	if s.checkConfig {
		_, err := io.WriteString(w, "the settings can be used\n")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for i := range options {
		o := &options[i]
		origin := s.origins[o.name]
		if origin == "" {
			origin = "default"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", o.name, s.show(o), origin) // Flush has its error
	}
	return table.Flush()
}
