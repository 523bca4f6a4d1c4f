package gatewaytest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// Errors and panics: a whole answer before the start, a cut one after it, and a
// server that lives on (PEP 3333, error handling).
var errorRules = []rule{
	//spec:application An error that a handler returns before the start is answered: with the status and text of a StatusError in it, else with 500. Nothing of what was prepared is sent, and nothing of the error's own text.
	{name: "an error before the start is 500 without what was prepared", test: func(s *subject) {
		s.fails(func(x *gateway.Exchange) error { return errBoom })
		res := s.get("/")
		equal(s, "status", res.Status, 500)
		equal(s, "X-Prepared is there", res.Header.Has("X-Prepared"), false)
		if strings.Contains(string(res.Body), "prepared") || strings.Contains(string(res.Body), errBoom.Error()) {
			s.Errorf("the client reads %q", res.Body)
		}
		o := s.outcome()
		equal(s, "Outcome.Status", o.Status, 500)
		if !errors.Is(o.Err, errBoom) {
			s.Errorf("Outcome.Err %v", o.Err)
		}
		equal(s, "next request", s.get("/fine").Status, 200)
	}},
	{name: "a StatusError names the status and the text", test: func(s *subject) {
		s.fails(func(x *gateway.Exchange) error {
			status, _ := strconv.Atoi(x.Request.Query)
			return fmt.Errorf("wrapped: %w", &gateway.StatusError{Status: status, Reason: "not so", Section: "RFC 0 §1", Err: errBoom})
		})
		for status, want := range map[string]int{"400": 400, "404": 404, "503": 503, "599": 599, "200": 500, "399": 500, "600": 500, "0": 500} {
			res := s.get("/?" + status)
			equal(s, "status for "+status, res.Status, want)
			if want != 500 && !strings.Contains(string(res.Body), "not so (RFC 0 §1)") || strings.Contains(string(res.Body), "boom") {
				s.Errorf("the client reads %q", res.Body)
			}
		}
	}},
	//spec:application A panic is an error, a *PanicError with its stack; the server lives on.
	{name: "a panic before the start is 500", test: func(s *subject) {
		s.fails(func(x *gateway.Exchange) error { panic("boom") })
		equal(s, "status", s.get("/").Status, 500)
		var p *gateway.PanicError
		if o := s.outcome(); !errors.As(o.Err, &p) || p.Value != "boom" || len(p.Stack) == 0 {
			s.Errorf("Outcome.Err %v, want a PanicError with a stack", o.Err)
		}
		equal(s, "next request", s.get("/fine").Status, 200)
	}},
	{name: "a panic with an error can be recognised", test: func(s *subject) {
		s.fails(func(x *gateway.Exchange) error { panic(errBoom) })
		equal(s, "status", s.get("/").Status, 500)
		if o := s.outcome(); !errors.Is(o.Err, errBoom) {
			s.Errorf("Outcome.Err %v", o.Err)
		}
	}},
	{name: "an error on HEAD has no content", test: func(s *subject) {
		s.fails(func(x *gateway.Exchange) error { return errBoom })
		res := s.do(Request{Method: "HEAD"})
		equal(s, "status", res.Status, 500)
		equal(s, "body", string(res.Body), "")
		equal(s, "next request", s.get("/fine").Status, 200)
	}},
	//spec:application An error or panic after the start cuts the answer off: never an error page behind half a body (PEP 3333, exc_info).
	{name: "an error after the start cuts the answer off", test: func(s *subject) {
		s.fails(func(x *gateway.Exchange) error { return started(s, x, errBoom) })
		s.cutOff(errBoom)
	}},
	{name: "a panic after the start cuts the answer off", test: func(s *subject) {
		s.fails(func(x *gateway.Exchange) error { panic(started(s, x, errBoom)) })
		s.cutOff(errBoom)
	}},
	//spec:server Abort ends the exchange so that the client cannot take what it got for a whole answer: HTTP/1.1 closes before the last chunk or the last byte, HTTP/2 resets the stream.
	{name: "an error after the start of a declared length cuts the answer off", test: func(s *subject) {
		s.fails(func(x *gateway.Exchange) error {
			x.Response.Header.Set("Content-Length", "1000")
			return started(s, x, errBoom)
		})
		s.cutOff(errBoom)
	}},
	{name: "an error after the start is seen by HTTP/1.0", test: func(s *subject) {
		s.fails(func(x *gateway.Exchange) error {
			x.Response.Header.Set("Content-Length", "1000")
			return started(s, x, errBoom)
		})
		if res, ok := s.old(Request{}); ok {
			equal(s, "cut off", res.Aborted, true)
		}
	}},
	//spec:application ErrAbort, returned or panicked with, ends the exchange without an answer. It is no fault.
	{name: "ErrAbort answers nothing and is no fault", test: func(s *subject) {
		s.fails(func(x *gateway.Exchange) error {
			if x.Request.Path == "/panic" {
				panic(gateway.ErrAbort)
			}
			return gateway.ErrAbort
		})
		for _, path := range []string{"/", "/panic"} {
			res := s.get(path)
			equal(s, "cut off", res.Aborted, true)
			equal(s, "status", res.Status, 0)
			o := s.outcome()
			equal(s, "Outcome.Status", o.Status, 0)
			if !errors.Is(o.Err, gateway.ErrAbort) || o.Fault() != nil {
				s.Errorf("outcome %+v, fault %v", o, o.Fault())
			}
		}
	}},
	{name: "ErrAbort after the start cuts the answer off", test: func(s *subject) {
		s.fails(func(x *gateway.Exchange) error { return started(s, x, gateway.ErrAbort) })
		s.cutOff(gateway.ErrAbort)
	}},
	//spec:application A response that cannot be sent (invalid field, status or length) becomes 500 if it is data; if a method starts it, that method fails, and it can be put right.
	{name: "an invalid field is 500 and never a split response, RFC 9110 §5.5", faulty: true, test: invalidFields},
	{name: "a field of the connection is 500, RFC 9110 §7.6.1", faulty: true, test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Header.Add(x.Request.Query, "chunked")
			return text(x, "ok")
		})
		for _, name := range []string{"Connection", "keep-alive", "Proxy-Connection", "Transfer-Encoding", "TE"} {
			equal(s, "status with "+name, s.get("/?"+name).Status, 500)
		}
		equal(s, "status with another field", s.get("/?X-Coding").Status, 200)
	}},
	{name: "a status that is not final is 500, RFC 9110 §15", faulty: true, test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Status, _ = strconv.Atoi(x.Request.Query)
			return text(x, "ok")
		})
		for _, status := range []string{"-1", "1", "99", "100", "101", "103", "199", "600", "1000", "2000000000"} {
			equal(s, "status "+status, s.get("/?"+status).Status, 500)
		}
	}},
	{name: "an invalid field fails Flush, and can be put right", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Header.Add("X Bad", "1")
			if err := x.Flush(); err == nil || x.Started() {
				s.Errorf("Flush of an invalid field: %v, started %v", err, x.Started())
			}
			x.Response.Header.Del("X Bad")
			return text(x, "ok")
		})
		equal(s, "status", s.get("/").Status, 200)
	}},
	{name: "an invalid trailer cuts the answer off, RFC 9110 §6.5.1", faulty: true, test: func(s *subject) {
		s.fails(func(x *gateway.Exchange) error {
			err := started(s, x, nil)
			x.Response.Trailer.Add(x.Request.Query, "1")
			return err
		})
		for _, name := range []string{"Content-Length", "X:", "transfer-encoding", "set-cookie"} {
			equal(s, "cut off with "+name, s.get("/?"+name).Aborted, true)
			if o := s.outcome(); o.Err == nil {
				s.Errorf("outcome %+v", o)
			}
		}
	}},
	//spec:application An interim response is 100 or 102 to 199 with valid fields and no Content-Length (RFC 9110 §15.2).
	{name: "an invalid interim response is refused", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			for status, h := range map[int]gateway.Header{
				101: nil, 200: nil, 99: nil, 0: nil,
				103: {{Name: "Link", Value: "a\r\nb"}},
				102: {{Name: "Content-Length", Value: "0"}},
				104: {{Name: "Connection", Value: "close"}},
			} {
				if x.Inform(status, h) == nil {
					s.Errorf("Inform(%d, %v) was taken", status, h)
				}
			}
			return text(x, "ok")
		})
		equal(s, "interim responses", len(s.get("/").Interim), 0)
	}},
}

var errBoom = errors.New("boom: for the log alone")

// fails serves f, whose outcome is noted, after some preparation; /fine is fine.
func (s *subject) fails(f func(x *gateway.Exchange) error) {
	s.serveFunc(func(x *gateway.Exchange) error {
		if x.Request.Path == "/fine" {
			return text(x, "fine")
		}
		x.OnFinish(s.note)
		x.Response.Status = 201
		x.Response.Header.Add("X-Prepared", "1")
		x.WriteString("prepared")
		return f(x)
	})
}

// started starts the response and returns err.
func started(s *subject, x *gateway.Exchange, err error) error {
	if flushed := x.Flush(); flushed != nil {
		s.Errorf("Flush: %v", flushed)
	}
	x.WriteString(" and more")
	return err
}

// cutOff holds the answer to /, and then the outcome, to what an error after the
// start must give.
func (s *subject) cutOff(cause error) {
	s.Helper()
	res := s.get("/")
	equal(s, "status", res.Status, 201)
	equal(s, "cut off", res.Aborted, true)
	if !strings.HasPrefix("prepared and more", string(res.Body)) {
		s.Errorf("the client reads %q", res.Body)
	}
	o := s.outcome()
	equal(s, "Outcome.Status", o.Status, 201)
	equal(s, "Outcome.Bytes", o.Bytes, int64(len("prepared and more")))
	if !errors.Is(o.Err, cause) {
		s.Errorf("Outcome.Err %v, want %v", o.Err, cause)
	}
	equal(s, "next request", s.get("/fine").Status, 200)
}

func invalidFields(s *subject) {
	fields := []gateway.Field{
		{Name: "", Value: "x"},
		{Name: "X Bad", Value: "x"},
		{Name: "X-Bad:", Value: "x"},
		{Name: "X-Bad\r\nSet-Cookie", Value: "x"},
		{Name: "X-B\xc3\xa4d", Value: "x"},
		{Name: "X-Bad", Value: "x\r\nSet-Cookie: evil=1"},
		{Name: "X-Bad", Value: "x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		{Name: "X-Bad", Value: "x\nSet-Cookie: evil=1"},
		{Name: "X-Bad", Value: "x\rSet-Cookie: evil=1"},
		{Name: "X-Bad", Value: "x\x00"},
		{Name: "X-Bad", Value: "\x7f"},
		{Name: "X-Bad", Value: " x"},
		{Name: "X-Bad", Value: "x\t"},
	}
	s.serveFunc(func(x *gateway.Exchange) error {
		x.OnFinish(s.note)
		i, err := strconv.Atoi(x.Request.Query)
		if err != nil {
			return text(x, "fine")
		}
		x.Response.Header.Add(fields[i].Name, fields[i].Value)
		return text(x, "ok")
	})
	for i, f := range fields {
		res := s.get("/?" + strconv.Itoa(i))
		equal(s, fmt.Sprintf("status with %q", f), res.Status, 500)
		equal(s, "Set-Cookie is there", res.Header.Has("Set-Cookie"), false)
		if o := s.outcome(); o.Err == nil {
			s.Errorf("outcome with %q: %+v", f, o)
		}
	}
	equal(s, "next request", s.get("/").Status, 200)
}
