package auth

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"unicode/utf8"

	"github.com/dewar-go/dewar/framework"
)

// addUser is the command add-user, for accounts that nobody signs up for.
func (a *Accounts) addUser(ctx context.Context, call *framework.Call) error {
	email := call.Args[0]
	if parsed, err := mail.ParseAddress(email); err != nil || parsed.Address != email {
		return fmt.Errorf("%q is no e-mail address", email)
	}
	password, err := bufio.NewReader(call.Stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	password = strings.TrimRight(password, "\r\n")
	if n := utf8.RuneCountInString(password); n < 10 {
		return fmt.Errorf("the password, which is read from standard input, has %d characters, and needs ten", n)
	}
	user, err := a.users.add(ctx, email, password)
	if errors.Is(err, errTaken) {
		return fmt.Errorf("%s has an account already", email)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(call.Stdout, "%s is user %d\n", user.Email, user.ID)
	return nil
}
