package server

import (
	"io"
	"reflect"
	"sync"
	"testing"
	"unsafe"

	"github.com/dewar-go/dewar/gateway/http1"
)

// What a desk keeps when it changes hands, and why that is harmless.
var keptOnDesk = map[string]string{
	"x":     "an exchange that has run was renewed; where it has not ended, the desk is dropped",
	"t":     "its own list is below",
	"input": "lent, empty", "output": "lent, empty",
	"encoder": "it remembers what was made of strings, by which strings they were",
}

// What a transport keeps, since begin sets it for the next request.
var keptInTransport = map[string]string{
	"left":    "begin",
	"begun":   "begin",
	"framing": "begin",
	"close":   "begin",
	"aborted": "begin",
	"expect":  "begin",
	"interim": "a lock, which is open between requests",
}

// No connection meets what another one has left on its desk. A field that is new is
// dirty here by itself: it is to be reset, or to be listed.
func TestDeskIsResetBeforeAnotherConnectionUsesIt(t *testing.T) {
	d := new(desk)
	soil(t, reflect.ValueOf(d).Elem())
	d.msg.Body = http1.Chunked // whoever has a body resets it
	d.reset()
	clean(t, d, keptOnDesk)
	clean(t, &d.t, keptInTransport)
}

// What reset leaves to begin, begin sets: whatever a request was like, the next one's
// transport is as a new one.
func TestTransportBeginsAsNew(t *testing.T) {
	c := &conn{run: new(run)}
	messages := []http1.Message{
		{},
		{KeepAlive: true, Minor: 1},
		{Body: http1.Fixed, Length: 3, Continue: true},
		{Body: http1.Chunked, Length: -1, KeepAlive: true},
	}
	for _, before := range messages {
		for _, after := range messages {
			d, fresh := new(desk), new(transport)
			soil(t, reflect.ValueOf(d).Elem())
			d.t.body = http1.Body{}
			d.t.conn, d.msg = c, before
			d.t.begin(&before)
			d.reset()
			d.t.conn, fresh.conn = c, c
			d.t.begin(&after)
			fresh.begin(&after)
			if !reflect.DeepEqual(&d.t, fresh) {
				t.Errorf("%+v behind %+v: %+v, want %+v", after, before, &d.t, fresh)
			}
		}
	}
}

// clean fails for the fields of *p that are not zero and not kept, and for reasons that
// no field has any more.
func clean(t *testing.T, p any, kept map[string]string) {
	t.Helper()
	v := reflect.ValueOf(p).Elem()
	for name := range kept {
		if _, ok := v.Type().FieldByName(name); !ok {
			t.Errorf("%v.%s is listed as kept and does not exist", v.Type(), name)
		}
	}
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; kept[name] == "" && !v.Field(i).IsZero() {
			t.Errorf("%v.%s is not reset: reset it, or list it as kept with the reason", v.Type(), name)
		}
	}
}

// soil makes every field something else than zero; v is addressable.
func soil(t *testing.T, v reflect.Value) {
	t.Helper()
	v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem() // unexported fields can be set
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[sync.Mutex]() {
			return
		}
		for i := range v.NumField() {
			soil(t, v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			soil(t, v.Index(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	case reflect.Interface:
		v.Set(reflect.ValueOf(io.ErrNoProgress))
	case reflect.String:
		v.SetString("left over")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(1)
	default:
		t.Fatalf("soil knows no %v", v.Type())
	}
}
