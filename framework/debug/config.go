package debug

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/dewar-go/dewar/framework"
)

// Limits of what is kept and shown.
const (
	defaultRequests = 50      // as many as a page with its images, scripts and styles has
	maxSpans        = 250     // of a request: one that renders more templates than that is cut
	maxLinks        = 50      // of a chain of errors
	maxFrames       = 100     // of a stack, as runtime/debug prints no more
	maxPairs        = 200     // of headers, fields and settings, each
	maxValue        = 2 << 10 // bytes of one of them
	maxForm         = 1 << 20 // bytes of a form that nobody has read yet
	maxSource       = 4 << 20 // bytes of a file that is quoted from
	maxConnections  = 1024    // whose beginning is remembered
	around          = 5       // lines of source before and after one
	body            = 14      // lines of a function from its beginning on
)

// Config says what is kept and who may see it. The zero value is useful.
type Config struct {
	// Requests is how many requests the timeline keeps. Default 50.
	Requests int

	// Hosts are names besides localhost, those below it and the loopback addresses by
	// which browsers may ask for the pages: what stands in their Host field, without a
	// port. A name that somebody else's DNS can point at this machine must not be there.
	Hosts []string

	// Remote lets clients on other machines see source, settings and what other clients
	// sent. Only for a network in which everybody may.
	Remote bool

	// Editor is the URL that opens a file, with {file} and {line} in it, such as
	// vscode://file/{file}:{line}. Default: $DEWAR_EDITOR; without it files are no links.
	Editor string
}

// Variable is the environment variable that switches debugging on.
const Variable = "DEWAR_DEBUG" // precedent: FLASK_DEBUG

// Enabled reports whether DEWAR_DEBUG is set to something true: 1, t, true.
func Enabled() bool {
	on, err := strconv.ParseBool(os.Getenv(Variable))
	return err == nil && on
}

// Attach adds New's tools to the application where debugging is Enabled; else it does
// nothing, and so does a second call. It belongs before the application is run, wherever.
func Attach(app *framework.App, c ...Config) {
	if !Enabled() {
		return
	}
	if _, there := app.Probe.(*Tools); there {
		return
	}
	var config Config
	if len(c) > 0 {
		config = c[0]
	}
	app.Extend(New(config))
}

// Files returns the folder dir where debugging is Enabled and there is one, so that a
// change of a file is seen at once; else what was embedded from it. dewar run then does
// not build the program anew for a change in dir.
func Files(embedded fs.FS, dir string) fs.FS {
	if !Enabled() {
		return embedded
	}
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return embedded
	}
	if path, err := filepath.Abs(dir); err == nil {
		theLoop.announce(message{Kind: kindFolder, Path: path})
	}
	return os.DirFS(dir)
}

// About describes the tools; see framework.Extension.
func (t *Tools) About() framework.ExtensionInfo { return framework.ExtensionInfo{Name: "debug"} }

// Init puts the tools into the application; see framework.Extension.
func (t *Tools) Init(app *framework.App) error {
	switch {
	case t.config.Requests < 0:
		return fmt.Errorf("debug: Config.Requests is %d, want 0 (default) or more", t.config.Requests)
	case app.Probe != nil:
		return errors.New("debug: App.Probe is something else already")
	}
	t.app = app
	app.Probe = t
	s := &app.Signals
	s.RequestStarted.Connect(t.routed)
	s.TemplateRender.Connect(t.templateBegins)
	s.TemplateRendered.Connect(t.templateEnds)
	s.Exception.Connect(t.failed)
	theLoop.attach(t, app)
	return nil
}
