package templates

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// timeAttr gives time.Time the attributes of Python's datetime.
func timeAttr(ref any, name string) (value, bool) {
	t, ok := ref.(time.Time)
	if !ok {
		p, isPointer := ref.(*time.Time)
		if !isPointer || p == nil {
			return value{}, false
		}
		t = *p
	}
	switch name {
	case "year":
		return intValue(int64(t.Year())), true
	case "month":
		return intValue(int64(t.Month())), true
	case "day":
		return intValue(int64(t.Day())), true
	case "hour":
		return intValue(int64(t.Hour())), true
	case "minute":
		return intValue(int64(t.Minute())), true
	case "second":
		return intValue(int64(t.Second())), true
	case "microsecond":
		return intValue(int64(t.Nanosecond() / 1000)), true
	case "isoformat":
		return objectValue(newGoFunc(name, reflect.ValueOf(func() string {
			return strings.Replace(t.Format("2006-01-02T15:04:05.999999-07:00"), "Z", "+00:00", 1)
		}))), true
	case "strftime":
		return objectValue(newGoFunc(name, reflect.ValueOf(func(f string) string { return strftime(t, f) }))), true
	}
	return value{}, false
}

var strftimeLayouts = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'H': "15", 'I': "03", 'M': "04", 'S': "05",
	'p': "PM", 'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'z': "-0700", 'Z': "MST",
	'F': "2006-01-02", 'T': "15:04:05", 'R': "15:04", 'e': "_2", 'j': "002", 'D': "01/02/06",
	'c': "Mon Jan _2 15:04:05 2006", 'x': "01/02/06", 'X': "15:04:05",
}

// strftime formats as C's function does; an unknown directive stays.
func strftime(t time.Time, format string) string {
	var b []byte
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b = append(b, format[i])
			continue
		}
		i++
		trim := format[i] == '-' && i+1 < len(format)
		if trim {
			i++
		}
		s := "%" + string(format[i])
		switch layout, ok := strftimeLayouts[format[i]]; {
		case ok:
			s = t.Format(layout)
		case format[i] == '%':
			s = "%"
		case format[i] == 'f':
			s = fmt.Sprintf("%06d", t.Nanosecond()/1000)
		case format[i] == 'u', format[i] == 'w':
			s = fmt.Sprint(int(t.Weekday()))
		case format[i] == 's':
			s = fmt.Sprint(t.Unix())
		}
		if trim && len(s) > 1 {
			s = strings.TrimPrefix(s, "0")
		}
		b = append(b, s...)
	}
	return string(b)
}
