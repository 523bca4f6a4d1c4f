package accesslog

import (
	"context"
	"log/slog"
	"strconv"
	"time"
)

// A fact is one attribute of the structured form: name, and either text or number.
type fact struct {
	key    string
	text   string
	number int64
	kind   factKind
}

type factKind uint8

const (
	textFact factKind = iota // left out where it is empty
	numberFact
	trueFact // left out where number is 0
)

// facts are the attributes of both structured forms, in their order, behind the address.
// Durations are in
// nanoseconds, as slog's JSONHandler has them.
func (e *Entry) facts() [16]fact {
	r, o := e.Request, &e.Outcome
	failure := ""
	if o.Err != nil {
		failure = o.Err.Error()
	}
	return [16]fact{
		{key: "method", text: r.Method},
		{key: "target", text: r.Target},
		{key: "proto", text: r.Proto},
		{key: "scheme", text: r.Scheme},
		{key: "host", text: r.Host},
		{key: "route", text: e.Route},
		{key: "status", number: int64(o.Status), kind: numberFact},
		{key: "bytes", number: o.Bytes, kind: numberFact},
		{key: "duration", number: int64(o.Duration), kind: numberFact},
		{key: "first_byte", number: int64(e.First), kind: numberFact},
		{key: "referer", text: r.Header.Value("Referer")},
		{key: "user_agent", text: r.Header.Value("User-Agent")},
		{key: "request_id", text: e.Header.Value("X-Request-Id")},
		{key: "line", text: e.Line},
		{key: "aborted", number: boolean(o.Aborted), kind: trueFact},
		{key: "error", text: failure},
	}
}

func boolean(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (f *fact) empty() bool {
	return f.kind == textFact && f.text == "" || f.kind == trueFact && f.number == 0
}

const message = "request"

// appendObject appends e as slog's JSONHandler would. hot path
func appendObject(b []byte, e *Entry, location *time.Location) []byte {
	b = append(b, `{"time":"`...)
	b = e.Request.Time.In(location).AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","level":"INFO","msg":"`+message+`"`...)
	b = append(appendHost(append(b, `,"remote":"`...), e.Request.Remote), '"')
	facts := e.facts()
	for i := range facts {
		f := &facts[i]
		if f.empty() {
			continue
		}
		b = append(append(append(b, `,"`...), f.key...), `":`...)
		switch f.kind {
		case textFact:
			b = appendJSON(b, f.text)
		case numberFact:
			b = strconv.AppendInt(b, f.number, 10)
		case trueFact:
			b = append(b, "true"...)
		}
	}
	return append(b, "}\n"...)
}

// handle gives e to a slog.Handler.
func handle(h slog.Handler, e *Entry) error {
	if !h.Enabled(context.Background(), slog.LevelInfo) {
		return nil
	}
	record := slog.NewRecord(e.Request.Time, slog.LevelInfo, message, 0)
	record.AddAttrs(slog.String("remote", string(appendHost(nil, e.Request.Remote))))
	facts := e.facts()
	for i := range facts {
		f := &facts[i]
		switch {
		case f.empty():
		case f.kind == textFact:
			record.AddAttrs(slog.String(f.key, f.text))
		case f.kind == trueFact:
			record.AddAttrs(slog.Bool(f.key, true))
		case f.key == "duration" || f.key == "first_byte":
			record.AddAttrs(slog.Duration(f.key, time.Duration(f.number)))
		default:
			record.AddAttrs(slog.Int64(f.key, f.number))
		}
	}
	return h.Handle(context.Background(), record)
}
