package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dewar-go/dewar/framework"
)

// addCustom adds the application's own commands where the command line may be about them:
// only then the application is made for it. A name that the program has itself is the
// program's, as in Flask; check tells of it.
func (p *program) addCustom(root *cobra.Command, args []string) {
	cmd, _, err := root.Find(args)
	if err == nil && cmd != root {
		return
	}
	if err := p.early(args); err != nil {
		return // to be told when the flags are parsed
	}
	app, err := p.frozen()
	if err != nil {
		fmt.Fprintf(p.stderr, "%s: the application's own commands are not known: %v\n", p.name(), err)
		return
	}
	for _, info := range app.Commands() {
		parent := p.group(root, info.Group)
		if own(parent, info.Name) == nil {
			parent.AddCommand(p.custom(info))
		}
	}
}

// early looks at the flags before the first command, for those that the environment
// depends on.
func (p *program) early(args []string) error {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.SetInterspersed(false)
	flags.SetOutput(io.Discard)
	flags.ParseErrorsWhitelist.UnknownFlags = true
	flags.BoolVar(&p.debug, "debug", false, "")
	flags.StringVarP(&p.envFile, "env-file", "e", "", "")
	_ = flags.Parse(args) // what is wrong with them is told when all are parsed
	p.decided = flags.Changed("debug")
	if slices.Contains(before(args, "--"), "--debug") { // behind the command, too
		p.debug, p.decided = true, true
	}
	return p.environment()
}

// before are the elements before the first that is stop.
func before(list []string, stop string) []string {
	if i := slices.Index(list, stop); i >= 0 {
		return list[:i]
	}
	return list
}

// own is the command of that name below parent, nil where there is none.
func own(parent *cobra.Command, name string) *cobra.Command {
	for _, cmd := range parent.Commands() {
		if cmd.Name() == name || cmd.HasAlias(name) {
			return cmd
		}
	}
	return nil
}

// group is the command below which those of a blueprint stand.
func (p *program) group(root *cobra.Command, words []string) *cobra.Command {
	at := root
	for _, word := range words {
		next := own(at, word)
		if next == nil {
			next = &cobra.Command{Use: word, Short: "Commands of " + word, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
			at.AddCommand(next)
		}
		at = next
	}
	return at
}

// custom is a command of the application.
func (p *program) custom(info *framework.CommandInfo) *cobra.Command {
	cmd := &cobra.Command{
		Use: strings.TrimSpace(info.Name + " " + info.Args), Aliases: info.Aliases,
		Short: info.Short, Long: info.Long, Hidden: info.Hidden,
	}
	var set *flag.FlagSet
	if info.Flags != nil {
		set = flag.NewFlagSet(info.Name, flag.ContinueOnError)
		info.Flags(set)
		addFlags(cmd.Flags(), set)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if set != nil {
			_ = set.Parse(append([]string{"--"}, args...)) // its flags are set already
		}
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		err := info.Invoke(ctx, &framework.Call{Args: args, Flags: set, Stdin: os.Stdin, Stdout: p.stdout, Stderr: p.stderr})
		if errors.Is(err, framework.ErrUsage) {
			p.entered = false
			fmt.Fprint(p.stderr, cmd.UsageString())
			if wrong, ok := strings.CutPrefix(err.Error(), framework.ErrUsage.Error()+": "); ok {
				return errors.New(wrong) // for whoever uses the program, and knows no framework
			}
		}
		return err
	}
	return cmd
}
