package api

import (
	"errors"

	"github.com/dewar-go/dewar/framework/config"
)

// Settings come from the environment: Database is APPNAME_DATABASE.
type Settings struct {
	Debug    bool          // DEWAR_DEBUG, or --debug
	Token    config.Secret `config:",required"` // clients send it: Authorization: Bearer ...
	Database string        `default:"appname.db"`
}

// minToken is how many characters a token has at least: 128 bits in hexadecimal digits.
const minToken = 32

// LoadSettings reads them. Its error says everything that is wrong.
func LoadSettings() (Settings, error) {
	var s Settings
	err := config.Load(&s, config.Env("DEWAR_"), config.Env("APPNAME_"))
	return s, err
}

// Validate checks what the fields alone do not say; config.Load calls it.
func (s *Settings) Validate() error {
	if len(s.Token) < minToken {
		return errors.New("token: is too short to be safe; appname secret prints a good one")
	}
	return nil
}
