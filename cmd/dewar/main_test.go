package main

import (
	"bytes"
	"strings"
	"testing"
)

// dewar runs a command line as main does.
func dewar(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = execute(args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestMistakesGoToStandardErrorWithCode2(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"rum"}, `unknown command "rum"`},
		{[]string{"create-user"}, "go run . --help"}, // an application's own
		{[]string{"--colour"}, "unknown flag: --colour"},
		{[]string{"completion", "tcsh"}, `completion: there is none for "tcsh", but for bash, fish, powershell, zsh`},
		{[]string{"completion"}, "completion: takes the name of a shell: bash, fish, powershell, zsh"},
	} {
		code, stdout, stderr := dewar(test.args...)
		if code != 2 || stdout != "" || !strings.HasPrefix(stderr, "dewar: ") || !strings.Contains(stderr, test.want) {
			t.Errorf("%q: code %d, output %q, error %q; want 2, nothing and %q", test.args, code, stdout, stderr, test.want)
		}
	}
}

func TestHelpNamesTheCommands(t *testing.T) {
	code, stdout, stderr := dewar("--help")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "Usage:") {
		t.Errorf("code %d, %q, %q", code, stdout, stderr)
	}
}

func TestVersion(t *testing.T) {
	if code, stdout, stderr := dewar("--version"); code != 0 || stderr != "" || !strings.HasPrefix(stdout, "dewar ") {
		t.Errorf("code %d, %q, %q", code, stdout, stderr)
	}
}
