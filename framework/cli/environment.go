package cli

import (
	"errors"
	"os"
	buildinfo "runtime/debug"
	"strconv"

	"github.com/dewar-go/dewar/framework/config"
	"github.com/dewar-go/dewar/framework/debug"
)

// skipVariable is the variable that has no files of variables read.
const skipVariable = "DEWAR_SKIP_DOTENV" // precedent: FLASK_SKIP_DOTENV

// Debug reports whether debugging is on, by --debug or DEWAR_DEBUG: for programs that do
// not read the variable with their settings. It may be asked once the application is made.
func Debug() bool { return debug.Enabled() }

func (p *program) envFiles() []string {
	if p.config.EnvFiles == nil {
		return []string{".env", ".dewarenv"}
	}
	return p.config.EnvFiles
}

// environment sets the variables of the files, and before them that of --debug. The file that was named
// comes first, so that it goes before those that are found.
func (p *program) environment() error {
	if p.decided {
		value := "0"
		if p.debug {
			value = "1"
		}
		if err := os.Setenv(debug.Variable, value); err != nil {
			return err
		}
	}
	var errs []error
	if p.envFile != "" {
		errs = append(errs, config.LoadEnvFile(p.envFile))
	}
	if skip, err := strconv.ParseBool(os.Getenv(skipVariable)); err != nil || !skip {
		_, err := config.LoadEnv(".", p.envFiles()...)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// version is what the program or the go command says of it.
func (p *program) version() string {
	if p.config.Version != "" {
		return p.config.Version
	}
	if info, ok := buildinfo.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
