package form

// Limits bound what a form may hold. 0 means the default.
type Limits struct {
	MaxParts int // fields and files together
	// MaxMemory is how large one field may be, in bytes. All fields of a form
	// together may have ten times that.
	MaxMemory int64
	// SpoolSize is up to where a file is kept in memory; larger ones go to a temporary
	// file, one for all of a form. All files in memory together have at most ten times
	// that.
	SpoolSize int64
	// Folder is where the temporary file is made; "" means the system's.
	Folder string
}

// The limits that are used where none is given.
const (
	DefaultMaxParts  = 1000    // precedent: Flask, MAX_FORM_PARTS
	DefaultMaxMemory = 500_000 // precedent: Flask, MAX_FORM_MEMORY_SIZE
	DefaultSpoolSize = 500_000 // precedent: Werkzeug's default_stream_factory
)

const (
	// maxHead bounds the head of one part. Precedent: nginx, Apache: 8 KiB a line.
	maxHead = 16 << 10
	// maxFields bounds the fields of one head. Browsers send two.
	maxFields = 32
	// maxBoundary is the longest boundary (RFC 2046 §5.1.1).
	maxBoundary = 70
	// window is how much of a body is looked at at once.
	window = 64 << 10
	// together is how many times the limit of one field or file all may have.
	together = 10
)

func (l Limits) withDefaults() Limits {
	if l.MaxParts == 0 {
		l.MaxParts = DefaultMaxParts
	}
	if l.MaxMemory == 0 {
		l.MaxMemory = DefaultMaxMemory
	}
	if l.SpoolSize == 0 {
		l.SpoolSize = DefaultSpoolSize
	}
	return l
}
