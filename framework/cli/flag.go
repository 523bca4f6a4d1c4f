package cli

import (
	"flag"

	"github.com/spf13/pflag"
)

// addFlags adds the flags of a set of package flag, through which they are set, so that
// the set knows which ones were given.
func addFlags(flags *pflag.FlagSet, set *flag.FlagSet) {
	set.VisitAll(func(f *flag.Flag) {
		added := pflag.PFlagFromGoFlag(f)
		kind := "string"
		if added.NoOptDefVal != "" {
			kind = "bool"
		}
		added.Value = through{set, f, kind}
		if added.Shorthand == "e" || added.Shorthand == "h" {
			added.Shorthand = "" // those of --env-file and --help; --e is left
		}
		flags.AddFlag(added)
	})
}

// through is the value of a flag of a set. Its type is what usage shows, where the
// flag's own would be the name of a type in Go.
type through struct {
	set  *flag.FlagSet
	flag *flag.Flag
	kind string
}

func (t through) String() string        { return t.flag.Value.String() }
func (t through) Set(text string) error { return t.set.Set(t.flag.Name, text) }
func (t through) Type() string          { return t.kind }
