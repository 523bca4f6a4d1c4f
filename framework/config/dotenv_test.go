package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestVariablesOfAFile(t *testing.T) {
	for _, test := range []struct {
		text string
		want []Variable
	}{
		{"", nil},
		{"# all\n\n \t\n", nil},
		{"A=1", []Variable{{"A", "1"}}},
		{"A=\nB = two words \n", []Variable{{"A", ""}, {"B", "two words"}}},
		{"export A=1\nexport\tB=2\nexported=3", []Variable{{"A", "1"}, {"B", "2"}, {"exported", "3"}}},
		{"A=1 # one\nB=#none\nC=a#b", []Variable{{"A", "1"}, {"B", ""}, {"C", "a#b"}}},
		{`A='it is $HOME ${HOME} \n' # as it is`, []Variable{{"A", `it is $HOME ${HOME} \n`}}},
		{`A="a\nb\t\"c\" \$d \\ \w"`, []Variable{{"A", "a\nb\t\"c\" $d \\ \\w"}}},
		{"A=\"one\ntwo\"\nB=3", []Variable{{"A", "one\ntwo"}, {"B", "3"}}},
		{"A='one\ntwo'\nB=3", []Variable{{"A", "one\ntwo"}, {"B", "3"}}},
		{"A=1\r\nB=2\r\n", []Variable{{"A", "1"}, {"B", "2"}}},
		{"\ufeffA=1", []Variable{{"A", "1"}}},
		{"A=1\nB=2\nA=3", []Variable{{"B", "2"}, {"A", "3"}}},
		{"A=x\nB=${A}y\nC=\"${A} ${NONE}\"\nD=${OUTER}${NONE:-z}", []Variable{{"A", "x"}, {"B", "xy"}, {"C", "x "}, {"D", "outerz"}}},
		{"OUTER=file\nA=${OUTER}", []Variable{{"OUTER", "file"}, {"A", "outer"}}},
		{"A=$B$", []Variable{{"A", "$B$"}}},
		{"A=a=b", []Variable{{"A", "a=b"}}},
	} {
		got, err := parseEnv(test.text, outer)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%q gives %q, %v; want %q", test.text, got, err, test.want)
		}
	}
}

// outer is an environment of one variable.
func outer(name string) (string, bool) { return "outer", name == "OUTER" }

func TestMistakesInAFileOfVariables(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"A=1\nhunter2", "line 2: wants NAME=value"},
		{"1A=hunter2", "line 1: a name has letters"},
		{"=hunter2", "line 1: a name"},
		{"A-B=hunter2", "line 1: a name"},
		{"A='hunter2", "line 1: A: the quote ' is not closed"},
		{"A=\"hunter2\\\"", `line 1: A: the quote " is not closed`},
		{"A=\"x\ny\"\nB=\"hunter2\" hunter2", "line 3: B: something follows the closing quote"},
		{"A=${hunter2", "line 1: A: ${ is not closed by }"},
		{"A=${hunter2-}", "line 1: A: ${ } holds a name"},
	} {
		got, err := parseEnv(test.text, outer)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2") || got != nil {
			t.Errorf("%q gives %q, %v; want an error that says %q", test.text, got, err, test.want)
		}
	}
}

func TestEnvironmentGoesBeforeFilesAndTheFirstFileBeforeOthers(t *testing.T) {
	top := t.TempDir()
	below := filepath.Join(top, "a", "b")
	if err := os.MkdirAll(filepath.Join(below, ".env"), 0o700); err != nil { // a folder is no file of variables
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		filepath.Join(top, ".env"):            "N_SET=env\nN_ENV=env\nN_BOTH=env",
		filepath.Join(top, "a", ".dewarenv"):  "N_SET=dewarenv\nN_BOTH=dewarenv\nN_LAST=${N_ENV}",
		filepath.Join(top, ".dewarenv"):       "N_FAR=1",
		filepath.Join(top, "a", "b", ".else"): "N_ELSE=1",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"N_ENV", "N_BOTH", "N_LAST", "N_FAR", "N_ELSE"} {
		t.Setenv(name, "") // so that the test's end restores it
		os.Unsetenv(name)
	}
	t.Setenv("N_SET", "process")
	paths, err := LoadEnv(below, ".env", ".dewarenv")
	want := []string{filepath.Join(top, ".env"), filepath.Join(top, "a", ".dewarenv")}
	if err != nil || !slices.Equal(paths, want) {
		t.Fatalf("%q, %v; want %q", paths, err, want)
	}
	for name, want := range map[string]string{"N_SET": "process", "N_ENV": "env", "N_BOTH": "env", "N_LAST": "env", "N_FAR": "", "N_ELSE": ""} {
		if got := os.Getenv(name); got != want {
			t.Errorf("%s=%s, want %s", name, got, want)
		}
	}
}

func TestFilesOfVariablesThatCannotBeRead(t *testing.T) {
	largest := write(t, "largest", "A="+strings.Repeat("x", MaxEnvFile-2))
	if v, err := ReadEnvFile(largest); err != nil || len(v) != 1 {
		t.Errorf("%d variables, %v", len(v), err)
	}
	for _, test := range []struct{ path, want string }{
		{filepath.Join(t.TempDir(), "none"), "no such file"},
		{write(t, "larger", "A="+strings.Repeat("x", MaxEnvFile-1)), "has more than 1048576 bytes"},
		{write(t, "wrong", "A=1\n?"), "wrong: line 2: wants NAME=value"},
	} {
		if err := LoadEnvFile(test.path); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.path, err, test.want)
		}
	}
}

func FuzzEnvFile(f *testing.F) {
	for _, s := range []string{"A=1\nB=${A}", "export A='x\ny' # z", `A="\n\"${B:-c}"`, "A=\\", `A="\`, "=\n'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		variables, err := parseEnv(text, outer)
		if err != nil && variables != nil {
			t.Error("variables beside an error")
		}
		for _, v := range variables {
			if !isName(v.Name) {
				t.Errorf("name %q", v.Name)
			}
		}
	})
}
