package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// InstanceFolder returns where an application keeps what is neither in the program nor
// in version control: settings of one machine, a database, uploads. It is Flask's
// instance folder, but never guessed from where the program lies, which differs
// between go run, a container and an installation. It is the first of
//
//   - the folder in the variable NAME_INSTANCE_FOLDER of the environment
//   - $STATE_DIRECTORY, which systemd sets by StateDirectory=
//   - the folder instance below the working directory
//
// as an absolute path. The error is that of a folder that is named and is none; the
// last one need not be there yet. Read settings from it with File, and open what a
// client names by os.OpenRoot, which nothing leaves.
//
//	folder, err := config.InstanceFolder("notes")
//	err = config.Load(&s, config.Optional(config.File(filepath.Join(folder, "notes.json"))), config.Env("NOTES_"))
func InstanceFolder(name string) (string, error) {
	variable := variableOf(name) + "_INSTANCE_FOLDER"
	first, _, _ := strings.Cut(os.Getenv("STATE_DIRECTORY"), ":") // systemd.exec(5): several are joined by colons
	for _, named := range []struct{ source, folder string }{{variable, os.Getenv(variable)}, {"STATE_DIRECTORY", first}} {
		if named.folder == "" {
			continue
		}
		if info, err := os.Stat(named.folder); err != nil {
			return "", fmt.Errorf("config: the instance folder of $%s: %w", named.source, err)
		} else if !info.IsDir() {
			return "", fmt.Errorf("config: the instance folder of $%s: %s is no folder", named.source, named.folder)
		}
		return filepath.Abs(named.folder)
	}
	return filepath.Abs("instance")
}

// variableOf is a name as variables of the environment begin with: MY_NOTES of
// my-notes.
func variableOf(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return '_'
	}, name)
}
