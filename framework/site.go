package framework

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// A site is a place in the application's source.
type site uintptr

// callSite finds the first caller outside this package.
func callSite() site {
	var pcs [32]uintptr
	for _, pc := range pcs[:runtime.Callers(2, pcs[:])] {
		f := runtime.FuncForPC(pc - 1)
		if f != nil && !strings.HasPrefix(f.Name(), packagePath+".") {
			return site(pc)
		}
	}
	return 0
}

// packagePath is this package's, without a test's _test.
var packagePath = func() string {
	pc, _, _, _ := runtime.Caller(0)
	name := runtime.FuncForPC(pc).Name()
	slash := strings.LastIndexByte(name, '/') + 1
	return name[:slash+strings.IndexByte(name[slash:], '.')]
}()

// String is file:line, the file relative to the working directory where that is
// shorter, as go vet has it.
func (s site) String() string {
	if s == 0 {
		return "unknown place"
	}
	frame, _ := runtime.CallersFrames([]uintptr{uintptr(s)}).Next()
	file := frame.File
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, file); err == nil && len(rel) < len(file) {
			file = rel
		}
	}
	return file + ":" + strconv.Itoa(frame.Line)
}
