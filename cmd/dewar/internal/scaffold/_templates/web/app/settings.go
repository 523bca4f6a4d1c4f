package app

import (
	"errors"

	"github.com/dewar-go/dewar/framework/config"
)

// Settings come from the environment: Database is APPNAME_DATABASE.
type Settings struct {
	Debug     bool          // DEWAR_DEBUG, or --debug
	Secret    config.Secret `config:",required"` // signs sessions
	OldSecret config.Secret // signed them before; to be removed when a month has passed
	Database  string        `default:"appname.db"`
}

// minSecret is how many characters a secret has at least: 128 bits in hexadecimal digits.
const minSecret = 32

// LoadSettings reads them. Its error says everything that is wrong.
func LoadSettings() (Settings, error) {
	var s Settings
	err := config.Load(&s, config.Env("DEWAR_"), config.Env("APPNAME_"))
	return s, err
}

// Validate checks what the fields alone do not say; config.Load calls it.
func (s *Settings) Validate() error {
	if len(s.Secret) < minSecret {
		return errors.New("secret: is too short to be safe; appname secret prints a good one")
	}
	return nil
}

// keys are those of sessions, the one that signs last.
func (s *Settings) keys() (keys []string) {
	for _, secret := range []config.Secret{s.OldSecret, s.Secret} {
		if secret != "" {
			keys = append(keys, secret.Reveal())
		}
	}
	return keys
}
