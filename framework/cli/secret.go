package cli

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/spf13/cobra"
)

// Limits of secret: shorter keys can be guessed (NIST SP 800-131A: 112 bits), longer ones
// are a mistake.
const (
	minSecret     = 16
	maxSecret     = 1024
	defaultSecret = 32 // precedent: Python's secrets.token_hex(), which Flask's manual names
)

// secret prints a key. It needs no application: that may want the key first.
func (p *program) secret() *cobra.Command {
	size := defaultSecret
	cmd := &cobra.Command{
		Use:   "secret",
		Short: "Print a random key, for sessions and tokens",
		Long:  "Print a random key in hexadecimal digits, for sessions and tokens. It comes from the operating system.",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if size < minSecret || size > maxSecret {
				return fmt.Errorf("secret: --bytes is %d, and must be %d to %d", size, minSecret, maxSecret)
			}
			key := make([]byte, size)
			_, _ = rand.Read(key) // never fails, as of Go 1.24
			fmt.Fprintln(p.stdout, hex.EncodeToString(key))
			return nil
		},
	}
	cmd.Flags().IntVar(&size, "bytes", size, "`number` of random bytes, two digits each")
	return cmd
}
