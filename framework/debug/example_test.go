package debug_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/debug"
	"github.com/dewar-go/dewar/gateway/client"
)

// The answer to an error explains it, to whoever asks on the same machine.
func ExampleNew() {
	app := framework.New("shop")
	app.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	app.Extend(debug.New(debug.Config{}))
	app.Get("/tea", func(*framework.Context) error { return errors.New("no tea is left") }).Name("tea")

	answer := client.Do(app, client.Request{Target: "/tea"})
	for line := range strings.Lines(string(answer.Body)) {
		if strings.HasPrefix(line, "no tea") || strings.HasPrefix(line, "returned by") {
			fmt.Print(line)
		}
	}
	// Output:
	// no tea is left
	// returned by handler tea
}

// One line in the program; it does nothing without DEWAR_DEBUG.
func ExampleAttach() {
	app := framework.New("shop")
	debug.Attach(app)
	fmt.Println(app.Probe == nil)
	// Output: true
}
