package framework

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/dewar-go/dewar/gateway"
)

// A Command is something that an application does when its command line asks for it
// instead of serving: fill a database, send the week's reports. Declare it with
// Command of an App or Blueprint; package framework/cli makes a program of them.
//
//	var admin bool
//	app.Command(framework.Command{
//		Name: "create-user", Args: "NAME [MAIL]", Short: "Add a user",
//		Flags: func(f *flag.FlagSet) { f.BoolVar(&admin, "admin", false, "with all rights") },
//		Run: func(ctx context.Context, call *framework.Call) error {
//			fmt.Fprintln(call.Stdout, "Hello,", call.Args[0])
//			return nil
//		},
//	})
type Command struct {
	Name    string   // one word, such as create-user
	Aliases []string // other names of it
	// Args are what follows the name, for help, and say how many may: words in the
	// order of their use, optional ones in brackets and last, and ... behind the last
	// where it may come again. "FROM TO", "[NAME]", "FILE..."; "" means none.
	Args   string
	Short  string // a line, for lists
	Long   string // for the command's own help; "" means Short
	Hidden bool   // not in lists

	// Flags declares flags, on a set of its own for every call, so that each begins
	// with the defaults. nil: there are none.
	Flags func(f *flag.FlagSet)

	// WithoutStartup runs the command without the functions of OnStartup and
	// OnShutdown: for one that makes what they need, such as a database.
	WithoutStartup bool

	// Run does it. ctx ends when the program is told to stop. An error makes the
	// program fail with it; one that wraps ErrUsage shows how the command is used.
	Run func(ctx context.Context, call *Call) error
}

// A Call is one run of a Command.
type Call struct {
	App   *App          // frozen, and started unless WithoutStartup
	Args  []string      // behind the flags, as many as Command.Args allows; shared read-only
	Flags *flag.FlagSet // parsed; nil where the command has none

	Stdin          io.Reader // nil: nothing can be read
	Stdout, Stderr io.Writer // nil: what is written is dropped
}

// ErrUsage is what the error of a call wraps whose arguments do not suit.
var ErrUsage = errors.New("framework: the command is used otherwise")

// A CommandInfo is a command in its place, for whoever makes a command line.
type CommandInfo struct {
	Command          // shared read-only
	Group   []string // the words before its name: those of its blueprint; shared read-only
	Source  string   // file:line of the declaration

	least, most int // arguments; most -1: any number
	app         *App
}

// Path is how the command is called, without the program: "admin create-user".
func (i *CommandInfo) Path() string {
	return strings.Join(append(slices.Clone(i.Group), i.Name), " ")
}

// Command declares a command. Those of a blueprint are called behind its name, as in
// Flask: "admin create-user"; see Blueprint.CommandGroup.
func (s *scope) Command(c Command) {
	s.open("Command")
	s.commands = append(s.commands, declaredCommand{c, callSite()})
}

type declaredCommand struct {
	Command
	site site
}

// CommandGroup sets the word behind which the blueprint's commands are called, in
// place of its name; "" puts them beside those of the application or blueprint around
// it (Flask's cli_group).
func (b *Blueprint) CommandGroup(word string) *Blueprint {
	b.open("CommandGroup")
	b.group = &word
	return b
}

// CommandGroup is Blueprint.CommandGroup for this registration alone.
func (m *Registration) CommandGroup(word string) *Registration {
	m.parent.open("Registration.CommandGroup")
	m.group = &word
	return m
}

// Commands returns the commands of the frozen application in order of declaration,
// its own first; nil before the freeze. Shared read-only.
func (a *App) Commands() []*CommandInfo {
	f := a.live.Load()
	if f == nil {
		return nil
	}
	return f.commands
}

// Invoke runs the command within the life of its application: OnStartup before,
// OnShutdown after, and a wait for background tasks; the errors of all are joined. It
// returns an error that wraps ErrUsage where call has too few arguments or too many.
// A panic is returned as an error. call.App is filled in.
func (i *CommandInfo) Invoke(ctx context.Context, call *Call) error {
	if err := i.check(len(call.Args)); err != nil {
		return err
	}
	call.App = i.app
	if call.Stdin == nil {
		call.Stdin = strings.NewReader("")
	}
	if call.Stdout == nil {
		call.Stdout = io.Discard
	}
	if call.Stderr == nil {
		call.Stderr = io.Discard
	}
	run := func() error { return guard(func() error { return i.Run(ctx, call) }) }
	if i.WithoutStartup {
		return errors.Join(run(), i.app.drainTasks(ctx))
	}
	if err := i.app.Startup(ctx, gateway.ServerInfo{}); err != nil {
		return err
	}
	return errors.Join(run(), i.app.Shutdown(context.WithoutCancel(ctx)))
}

// check compares the number of arguments with what Command.Args allows.
func (i *CommandInfo) check(n int) error {
	if n < i.least || i.most >= 0 && n > i.most {
		return fmt.Errorf("%w: %s takes %s, and %d came", ErrUsage, i.Path(), i.expected(), n)
	}
	return nil
}

func (i *CommandInfo) expected() string {
	if i.Args == "" {
		return "no arguments"
	}
	return i.Args
}

// argCount reads Command.Args: how many arguments there are at least, and at most, -1
// for any number.
func argCount(usage string) (least, most int, err error) {
	for _, word := range strings.Fields(usage) {
		inner, optional := word, strings.HasPrefix(word, "[") && strings.HasSuffix(word, "]")
		if optional {
			inner = word[1 : len(word)-1]
		}
		name, again := strings.CutSuffix(inner, "...")
		switch {
		case name == "" || strings.ContainsAny(name, "[]."):
			return 0, 0, fmt.Errorf("Args: %q is none of NAME, [NAME], NAME... and [NAME...]", word)
		case most < 0:
			return 0, 0, fmt.Errorf("Args: %q stands behind a word that may come again", word)
		case !optional && most > least:
			return 0, 0, fmt.Errorf("Args: %q stands behind one that may be left out", word)
		}
		most++
		if !optional {
			least++
		}
		if again {
			most = -1
		}
	}
	return least, most, nil
}

// commandsOf compiles the commands of a unit.
func (c *compiler) commandsOf(u *unit) {
	for i := range u.scope.commands {
		d := &u.scope.commands[i]
		info := &CommandInfo{Command: d.Command, Group: u.group, Source: d.site.String(), app: c.app}
		var err error
		if info.least, info.most, err = argCount(d.Args); err != nil {
			c.mistake(d.site, "command %q: %w", info.Path(), err)
		}
		if d.Run == nil {
			c.mistake(d.site, "command %q has no Run", info.Path())
		}
		for _, name := range append([]string{d.Name}, d.Aliases...) {
			c.word(d.site, u.group, name)
		}
		c.commands = append(c.commands, info)
	}
}

// aGroup is what the word of a group of commands stands for.
const aGroup = "a group of commands"

// word notes a command's name, or another name of it: a mistake where it is no word, or
// stands for something else.
func (c *compiler) word(at site, group []string, name string) {
	if name == "" || name[0] == '-' || strings.ContainsFunc(name, unicode.IsSpace) {
		c.mistake(at, "command name %q: it is one word, and does not begin with -, as flags do", name)
		return
	}
	for n := range group { // not when the blueprint is seen: it may have no commands
		path := strings.Join(group[:n+1], " ")
		if taken := c.words[path]; taken != "" && taken != aGroup {
			c.mistake(at, "%q cannot be a group of commands: it is %s; choose another word with CommandGroup", path, taken)
		}
		c.words[path] = aGroup
	}
	path := strings.Join(append(slices.Clone(group), name), " ")
	if taken := c.words[path]; taken != "" {
		c.mistake(at, "command %q has the name of another: it is %s", path, taken)
		return
	}
	c.words[path] = "the command at " + at.String()
}
