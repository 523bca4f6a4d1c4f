package debug

import (
	"reflect"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// A Frame is a call of a stack.
type Frame struct {
	Function string // with its package's path
	Short    string // with its package's name
	Own      bool   // it is the application's, and no library's
	Source
}

// parseStack reads what debug.Stack printed, from where the panic began, the innermost
// call first:
//
//	goroutine 7 [running]:
//	main.show(0xc000012345)
//		/home/ada/shop/notes.go:31 +0x1d
func parseStack(stack []byte) []Frame {
	lines := strings.Split(strings.TrimSpace(string(stack)), "\n")
	var frames []Frame
	for i := 1; i+1 < len(lines) && len(frames) < maxFrames; i += 2 {
		name := strings.TrimPrefix(lines[i], "created by ")
		name, _, _ = strings.Cut(name, " in goroutine ")
		if open := strings.LastIndexByte(name, '('); open > 0 && strings.HasSuffix(name, ")") {
			name = name[:open]
		}
		place, _, _ := strings.Cut(strings.TrimSpace(lines[i+1]), " +0x")
		colon := strings.LastIndexByte(place, ':')
		if colon < 0 {
			break
		}
		line, err := strconv.Atoi(place[colon+1:])
		if err != nil {
			break
		}
		if !strings.HasPrefix(name, dewar+"framework/debug.") { // which is around everything, and says nothing
			frames = append(frames, frameAt(name, place[:colon], line))
		}
	}
	return fromPanic(frames)
}

// fromPanic leaves out what runs because of the panic: recovering, printing the stack,
// and the runtime's own calls.
func fromPanic(frames []Frame) []Frame {
	for i := len(frames) - 1; i >= 0; i-- {
		if frames[i].Function == "panic" {
			frames = frames[i+1:]
			break
		}
	}
	for len(frames) > 1 && strings.HasPrefix(frames[0].Function, "runtime.") {
		frames = frames[1:]
	}
	return frames
}

func frameAt(function, file string, line int) Frame {
	short := function[strings.LastIndexByte(function, '/')+1:]
	return Frame{Function: function, Short: short, Own: own(function, file), Source: Source{File: file, Name: friendly(file), Line: line}}
}

// read completes the frames that are shown with their source: all of the application,
// and those of libraries next to the top.
func read(frames []Frame) []Frame {
	for i := range frames {
		if frames[i].Own || i < 3 {
			frames[i].Source = SourceOf(frames[i].File, frames[i].Line, 0)
		}
	}
	return frames
}

// callers are the frames of an error that remembers where it was made: by a method
// Callers() []uintptr, or StackTrace() with a slice of numbers, as that of
// github.com/pkg/errors.
func callers(err error) []Frame {
	var pcs []uintptr
	if e, ok := err.(interface{ Callers() []uintptr }); ok {
		pcs = e.Callers()
	} else if m := reflect.ValueOf(err).MethodByName("StackTrace"); m.IsValid() && m.Type().NumIn() == 0 && m.Type().NumOut() == 1 {
		trace := m.Call(nil)[0]
		if trace.Kind() != reflect.Slice || trace.Type().Elem().Kind() != reflect.Uintptr {
			return nil
		}
		for i := range min(trace.Len(), maxFrames) {
			pcs = append(pcs, uintptr(trace.Index(i).Uint()))
		}
	}
	if len(pcs) == 0 {
		return nil
	}
	var frames []Frame
	list := runtime.CallersFrames(pcs[:min(len(pcs), maxFrames)])
	for {
		f, more := list.Next()
		if f.Function != "" {
			frames = append(frames, frameAt(f.Function, f.File, f.Line))
		}
		if !more {
			return frames
		}
	}
}

// mainModule is the application's module; "" in a program that does not know.
var mainModule = func() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Path
	}
	return ""
}()

// dewar is what the library's own packages begin with.
const dewar = "github.com/dewar-go/dewar/"

// own reports whether a function is the application's: of its module, and neither of
// the standard library nor of another module.
func own(function, file string) bool {
	if strings.HasSuffix(file, "_test.go") {
		return true
	}
	for _, library := range []string{"framework", "gateway", "templates"} {
		if strings.HasPrefix(function, dewar+library) {
			return false
		}
	}
	if strings.HasPrefix(function, "main.") {
		return true
	}
	rest, ok := strings.CutPrefix(function, mainModule)
	return mainModule != "" && ok && rest != "" && (rest[0] == '.' || rest[0] == '/')
}
