// Package toml takes settings from files of TOML:
//
//	err := config.Load(&s, toml.File("notes.toml"), config.Env("NOTES_"))
//
// It is a module of its own, so that the parser is required by those who use it
// alone.
package toml

import (
	"errors"
	"fmt"

	"github.com/pelletier/go-toml/v2"

	"github.com/dewar-go/dewar/framework/config"
)

// File takes settings from a file of TOML 1.0, which has to be there unless
// config.Optional is around it. Tables are groups of settings; dates and times fill
// fields of time.Time. A syntax error names line and column, and never shows the
// text, which may hold a secret.
func File(path string) config.Source { return config.FileOf(path, unmarshal) }

func unmarshal(data []byte, v any) error {
	err := toml.Unmarshal(data, v)
	var syntax *toml.DecodeError
	if errors.As(err, &syntax) {
		line, column := syntax.Position()
		return fmt.Errorf("line %d, column %d: is no TOML", line, column)
	}
	return err
}
