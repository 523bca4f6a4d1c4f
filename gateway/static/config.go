package static

import (
	"strings"
	"time"
)

// Config says how files are sent. Its zero value is useful.
type Config struct {
	// Index is the file that a folder stands for; "" means index.html.
	Index string
	// Fallback is the file that is sent where there is none, to clients that ask for
	// a page: the one page of an application that does its routing in the browser.
	// Paths whose last segment has a dot are left out, so that a missing script is
	// 404. "" means none.
	Fallback string
	// MaxAge is how long clients and caches use a file without asking. 0 means that
	// they ask each time, which costs a request and no content.
	MaxAge time.Duration
	// Immutable reports whether a file never changes under its name: it may be kept
	// for a year without asking. Hashed does for the names that bundlers give. nil
	// means none.
	Immutable func(name string) bool
	// Hidden allows files and folders whose names begin with a dot. Without it only
	// /.well-known does (RFC 8615).
	Hidden bool
	// Types are media types by extension, such as ".glb", for what the package does
	// not know or is to know otherwise.
	Types map[string]string
	// MaxFiles is how many files are kept open; 0 means DefaultMaxFiles, a negative
	// number that none is.
	MaxFiles int
	// MaxMemory is how many bytes of small files are kept in memory; 0 means
	// DefaultMaxMemory, a negative number none.
	MaxMemory int64
}

// The limits of a Config that names none.
const (
	DefaultMaxFiles  = 256      // precedent: nginx's open_file_cache, 1000 in its manual's example
	DefaultMaxMemory = 16 << 20 // precedent: Apache's mod_mem_cache, 1 MB; nginx has none
)

const (
	// smallFile is up to where a file's content is kept in memory: one write sends
	// it with its head, where sendfile takes two calls. Beyond it the copy costs more:
	// 100 KB take 18.5 µs of a core from memory, and 14.4 by sendfile.
	smallFile = 32 << 10
	// frozenFile is the same for files that cannot change, such as those of
	// embed.FS, which are in memory anyway.
	frozenFile = 4 << 20
	// settled is how old a change must be for the file's times to tell it from the
	// next one: clocks of file systems tick in milliseconds to two seconds (FAT).
	settled = 2 * time.Second
	// recheck is how often it is looked whether compressed siblings came or went.
	recheck = time.Second
	// idle is how long a file that nobody asks for stays open while others come.
	idle = time.Minute
	// year is max-age for what never changes (RFC 8246 gives no number; browsers and
	// caches take no more).
	year = 365 * 24 * time.Hour
)

func (c Config) withDefaults() Config {
	if c.Index == "" {
		c.Index = "index.html"
	}
	if c.MaxFiles == 0 {
		c.MaxFiles = DefaultMaxFiles
	}
	if c.MaxMemory == 0 {
		c.MaxMemory = DefaultMaxMemory
	}
	return c
}

// Hashed reports whether a name holds a hash of its content, as bundlers write it:
// main.5d41402a.js, index-DiwrgTda.css. The hash stands before the last extension,
// behind a dot or dash, and has at least eight letters and digits, of which one is a
// digit or, after the first, in upper case.
func Hashed(name string) bool {
	base := name[strings.LastIndexByte(name, '/')+1:]
	if base = strings.TrimSuffix(base, ".map"); strings.LastIndexByte(base, '.') < 0 {
		return false
	}
	base = base[:strings.LastIndexByte(base, '.')]
	i := strings.LastIndexAny(base, ".-")
	if i <= 0 || len(base)-i-1 < 8 {
		return false
	}
	telling := false
	for j, c := range []byte(base[i+1:]) {
		switch {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z' && j > 0:
			telling = true
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		default:
			return false
		}
	}
	return telling
}
