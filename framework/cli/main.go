package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

// A Source is an application, or the function that makes it. Such a function may return an
// application beside an error: check then reports what else is wrong with it.
type Source interface {
	*framework.App | func() *framework.App | func() (*framework.App, error)
}

// Config is what a program decides. Its zero value is useful.
type Config struct {
	// Name is that of the program in its messages; "" means the name of its file.
	Name string
	// Version is what --version prints; "" means the module's, as the go command noted it.
	Version string

	// Gateways are those that run can serve with, by the names Server and NetHTTP: the
	// first by itself, others with --gateway. nil means both, Server first.
	Gateways []string
	// Server is the program's own configuration of Server, which the operator's
	// settings go before. Addr is 127.0.0.1:5000 where it is "", as in Flask.
	Server server.Config
	// NetHTTP is that of NetHTTP. What Server has too comes from there, and before it:
	// Addr, TLS, time-outs, limits, TrustedProxies and AccessLog.
	NetHTTP nethttp.Config

	// EnvFiles are the files of variables that are looked for, in the working folder and
	// those above; an earlier one goes before a later one. nil means .env and .dewarenv.
	// A list that is empty means none, and so does DEWAR_SKIP_DOTENV=1.
	EnvFiles []string
}

// The gateways of Config.Gateways.
const (
	Server  = "server"  // Dewar's own
	NetHTTP = "nethttp" // net/http's
)

// Exit codes, those of Flask's click.
const (
	failed = 1 // the command failed
	misuse = 2 // the command line was not understood
)

// Main does what the command line says and ends the process.
func Main[S Source](app S, config ...Config) {
	os.Exit(Execute(os.Args[1:], os.Stdout, os.Stderr, app, config...))
}

// Execute does what args say, which are without the program's name, and returns the exit
// code: Main for tests.
func Execute[S Source](args []string, stdout, stderr io.Writer, app S, config ...Config) int {
	p := &program{stdout: stdout, stderr: stderr, make: maker(app)}
	if len(config) > 0 {
		p.config = config[0]
	}
	return p.execute(args)
}

// maker is the function that a Source is, or could be.
func maker[S Source](source S) func() (*framework.App, error) {
	switch source := any(source).(type) {
	case *framework.App:
		return func() (*framework.App, error) { return source, nil }
	case func() *framework.App:
		return func() (*framework.App, error) { return source(), nil }
	}
	return any(source).(func() (*framework.App, error))
}

// A program is one run of the command line.
type program struct {
	config         Config
	stdout, stderr io.Writer
	make           func() (*framework.App, error)

	debug   bool   // the flag
	decided bool   // it was given, be it as false
	envFile string // the flag
	made    *framework.App
	problem error // that making gave
	asked   bool  // make was called
	entered bool  // the command line was understood
}

func (p *program) execute(args []string) int {
	root := p.root()
	if cmd, _, err := root.Find(args); err == nil && cmd == root && !slices.ContainsFunc(args, asksForHelp) {
		args = append([]string{"run"}, args...) // the program alone serves, be it with flags
	}
	p.addCustom(root, args)
	root.SetArgs(args)
	err := root.Execute()
	if err == nil {
		return 0
	}
	fmt.Fprintf(p.stderr, "%s: %v\n", p.name(), err)
	if !p.entered {
		return misuse
	}
	return failed
}

func asksForHelp(arg string) bool {
	switch arg {
	case "-h", "--help", "-v", "--version":
		return true
	}
	return false
}

// name is that of the program.
func (p *program) name() string {
	if p.config.Name != "" {
		return p.config.Name
	}
	return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
}

// root is the command line without the application's own commands.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           p.name(),
		Short:         p.name() + " serves the application; its commands look at it and work on it.",
		Version:       p.version(),
		SilenceErrors: true,
		SilenceUsage:  true, // a mistake is told in a line, and not buried in the usage
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			p.entered, p.decided = true, cmd.Flags().Changed("debug")
			return p.environment()
		},
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	flags := root.PersistentFlags()
	flags.BoolVar(&p.debug, "debug", false, "debugging: for one's own machine alone")
	flags.StringVarP(&p.envFile, "env-file", "e", "", "`file` of variables, which goes before "+strings.Join(p.envFiles(), " and "))
	root.AddCommand(p.run(), p.routes(), p.settings(), p.check(), p.secret(), p.openapi())
	completion(root)
	return root
}

// app makes the application, once.
func (p *program) app() (*framework.App, error) {
	if !p.asked {
		p.asked = true
		p.made, p.problem = p.make()
		if p.made == nil && p.problem == nil {
			p.problem = errors.New("the function given to cli.Main made no application")
		}
	}
	return p.made, p.problem
}

// frozen is the application with its rules compiled.
func (p *program) frozen() (*framework.App, error) {
	app, err := p.app()
	if err != nil {
		return nil, err
	}
	return app, app.Freeze()
}
