package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework/config"
)

func TestInstanceFolder(t *testing.T) {
	here := t.TempDir()
	t.Chdir(here)
	here, err := os.Getwd() // as the system spells it
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"given", "state", "other"} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ variable, state, want string }{
		{"", "", "instance"},
		{"given", "", "given"},
		{"", filepath.Join(here, "state"), "state"},
		{"", "state:other", "state"},
		{"given", "state", "given"},
		{"none", "state", "$MY_NOTES_INSTANCE_FOLDER: stat none: no such file"},
		{"", "none", "$STATE_DIRECTORY: stat none: no such file"},
		{"file", "", "$MY_NOTES_INSTANCE_FOLDER: file is no folder"},
	} {
		t.Setenv("MY_NOTES_INSTANCE_FOLDER", test.variable)
		t.Setenv("STATE_DIRECTORY", test.state)
		got, err := config.InstanceFolder("my-notes")
		if err == nil && got != filepath.Join(here, test.want) || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %s %v", test, got, err)
		}
	}
}

func ExampleInstanceFolder() {
	os.Unsetenv("STATE_DIRECTORY")
	folder, err := config.InstanceFolder("notes")
	fmt.Println(filepath.Base(folder), err)
	// Output: instance <nil>
}
