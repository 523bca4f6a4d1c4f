package server

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// A settings file has one setting a line, by the name of its flag. Lines that are empty or
// begin with # say nothing; there is no quoting, and a value ends with its line:
//
//	# the load balancer's idle time-out is 60 s
//	idle-timeout = 75s
//	proxies = 10.0.0.0/8, 192.0.2.1

// settingsFileMost bounds what is read: all settings with long lists are some KiB.
const settingsFileMost = 1 << 20

// An entry is a setting as a file gives it.
type entry struct {
	text   string
	origin string // name:line
}

// readSettings reads a settings file. What could be understood is returned also where
// something is wrong.
func readSettings(name string) (entries map[string]entry, errs []error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, []error{fmt.Errorf("server: config: %w", err)}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, settingsFileMost+1))
	if err == nil && len(text) > settingsFileMost {
		err = fmt.Errorf("%s has more than %d bytes", name, settingsFileMost)
	}
	if err != nil {
		return nil, []error{fmt.Errorf("server: config: %w", err)}
	}
	entries = make(map[string]entry)
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		at := fmt.Sprintf("%s:%d", name, number)
		setting, value, ok := strings.Cut(line, "=")
		setting = strings.TrimSpace(setting)
		known := slices.ContainsFunc(options, func(o option) bool { return o.name == setting && o.name != configOption })
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("server: %s: want name = value", at))
		case !known:
			errs = append(errs, fmt.Errorf("server: %s: %s is no setting: -help lists them", at, setting))
		case entries[setting].origin != "":
			errs = append(errs, fmt.Errorf("server: %s: %s is set already, at %s", at, setting, entries[setting].origin))
		default:
			entries[setting] = entry{strings.TrimSpace(value), at}
		}
	}
	return entries, errs
}

// configOption is the name of the setting that names the file.
const configOption = "config"

// reread loads everything anew, beside what is in use. What is wrong is the error, and
// changes nothing. Settings that have changed need a server that begins with them, which
// the error asks for by wrapping gateway.ErrReplaced.
func (s *Settings) reread() error {
	fresh := *s.before
	_, err := fresh.Load(s.environ)
	if err = errors.Join(err, fresh.Close()); err != nil {
		return err
	}
	var changed []string
	for i := range options {
		if o := &options[i]; s.show(o) != fresh.show(o) {
			changed = append(changed, o.name)
		}
	}
	if len(changed) > 0 {
		return fmt.Errorf("server: %s changed: %w", strings.Join(changed, ", "), gateway.ErrReplaced)
	}
	return nil
}
