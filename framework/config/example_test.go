package config_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/dewar-go/dewar/framework/config"
)

type Settings struct {
	Debug    bool
	Secret   config.Secret `config:",required"`
	Timeout  time.Duration `default:"5s"`
	Database struct {
		URL  string `config:"url,required"`
		Pool int    `default:"10"`
	}
}

func Example() {
	var s Settings
	err := config.Load(&s, config.Map(map[string]any{"secret": "s3cret", "database": map[string]any{"url": "notes.db", "pol": 5}}))
	fmt.Println(err)
	for _, setting := range config.Describe(s) {
		fmt.Println(setting.Key, "=", setting.Value)
	}
	// Output:
	// config: database.pol: there is no such setting; did you mean pool? (from a map)
	// debug = false
	// secret = [redacted]
	// timeout = 5s
	// database.url = notes.db
	// database.pool = 10
}

func ExampleLoadEnv() {
	dir, err := os.MkdirTemp("", "notes")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte("NOTES_GREETING='Hello' # for development\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	if _, err := config.LoadEnv(dir, ".env"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(os.Getenv("NOTES_GREETING"))
	// Output: Hello
}
