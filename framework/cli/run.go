package cli

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dewar-go/dewar/framework/debug"
	"github.com/dewar-go/dewar/gateway/process"
	"github.com/dewar-go/dewar/gateway/server"
)

// usual are the settings that run --help shows; all others are taken, too.
var usual = []string{"addr", "tls-adhoc", "tls-cert", "tls-key", "grace", "proxies", "access-log"}

// serverSettings begins with the program's own.
func (p *program) serverSettings() *server.Settings {
	s := &server.Settings{Config: p.config.Server}
	if s.Config.Addr == "" {
		s.Config.Addr = "127.0.0.1:5000" // precedent: flask run
	}
	return s
}

// run serves the application.
func (p *program) run() *cobra.Command {
	s := p.serverSettings()
	gateway, pidFile := p.gateways()[0], ""
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Serve the application",
		Long: "Serve the application until it is told to stop (SIGTERM, Ctrl-C).\n\n" +
			"All settings of docs/operations.md are taken, as flags or as DEWAR_SERVER_* in the\n" +
			"environment; " + p.name() + " config --gateway lists them.",
		Args: cobra.NoArgs,
	}
	addServerFlags(cmd.Flags(), s)
	cmd.Flags().StringVar(&pidFile, "pid-file", "", "`file` for the number of the process")
	if all := p.gateways(); len(all) > 1 {
		cmd.Flags().StringVar(&gateway, "gateway", gateway, "what serves: "+strings.Join(all, " or "))
		_ = cmd.RegisterFlagCompletionFunc("gateway", cobra.FixedCompletions(all, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.serve(s, gateway, pidFile, changed(cmd.Flags()))
	}
	return cmd
}

// serve reports everything that is wrong before anything is bound.
func (p *program) serve(s *server.Settings, gateway, pidFile string, given []string) error {
	_, wrong := s.Load(os.Environ())
	defer s.Close()
	if s.PrintConfig && wrong == nil {
		return s.Print(p.stdout)
	}
	gw, unknown := p.pick(gateway, s, given)
	app, unmade := p.app()
	if err := errors.Join(wrong, unknown, unmade); err != nil {
		return err
	}
	debug.Attach(app) // where debugging is on
	err := app.Run(process.New(gw, process.Config{Reload: s.Reload(), Reopen: s.Reopen(), PIDFile: pidFile}))
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w; is another program running there? --addr chooses another address", err)
	}
	return err
}

// addServerFlags adds the flags of all settings.
func addServerFlags(flags *pflag.FlagSet, s *server.Settings) {
	set := flag.NewFlagSet("", flag.ContinueOnError)
	s.Flags(set)
	addFlags(flags, set)
	set.VisitAll(func(f *flag.Flag) { flags.Lookup(f.Name).Hidden = !slices.Contains(usual, f.Name) })
}

// changed are the flags that were given.
func changed(flags *pflag.FlagSet) (names []string) {
	flags.Visit(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// checkServer is what is wrong with the settings of the environment.
func (p *program) checkServer() error {
	s := p.serverSettings()
	_, err := s.Load(os.Environ())
	if closing := s.Close(); closing != nil {
		err = errors.Join(err, fmt.Errorf("access-log: %w", closing))
	}
	return err
}
