package framework_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
)

// A place is said as briefly as it can be.
func TestPlaceOfADeclaration(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	const far = "/a/folder/so/far/away/and/so/deep/that/the/way/from/there/is/longer/than/the/whole/path"
	for folder, want := range map[string]string{
		".": "site_test.go:", "..": "framework/site_test.go:", "config": "../site_test.go:", "config/toml": "../../site_test.go:",
		filepath.Join(t.TempDir(), far): filepath.Join(here, "site_test.go:"),
	} {
		if err := os.MkdirAll(folder, 0o755); err != nil { // the last one, which is not there
			t.Fatal(err)
		}
		t.Run(folder, func(t *testing.T) {
			t.Chdir(folder)
			app := framework.New("shop")
			app.Get("/", func(c *framework.Context) error { return nil })
			if err := app.Freeze(); err != nil {
				t.Fatal(err)
			}
			if got := app.Routes()[0].Source; !strings.HasPrefix(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
