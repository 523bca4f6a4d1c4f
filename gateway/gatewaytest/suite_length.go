package gatewaytest

import (
	"errors"

	"github.com/dewar-go/dewar/gateway"
)

// A declared Content-Length is a promise (RFC 9110 §8.6).
var lengthRules = []rule{
	{name: "a stream of declared length keeps it", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Header.Set("Content-Length", "10")
			for _, part := range []string{"hello", "", "world"} {
				if _, err := x.WriteString(part); err != nil {
					return err
				}
				if err := x.Flush(); err != nil {
					return err
				}
			}
			return nil
		})
		for range 2 {
			res := s.get("/")
			equal(s, "body", string(res.Body), "helloworld")
			equal(s, "Content-Length", res.Header.Value("Content-Length"), "10")
		}
	}},
	{name: "bytes beyond the declared length fail and are not sent", faulty: true, test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.OnFinish(s.note)
			x.Response.Header.Set("Content-Length", "5")
			if err := x.Flush(); err != nil {
				return err
			}
			x.WriteString("hello")
			x.Flush()
			if n, err := x.WriteString("world"); n != 0 || !errors.Is(err, gateway.ErrLength) {
				s.Errorf("Write beyond the length: %d, %v, want 0 and ErrLength", n, err)
			}
			return nil
		})
		equal(s, "body", string(s.get("/").Body), "hello")
		if o := s.outcome(); !errors.Is(o.Err, gateway.ErrLength) || o.Bytes != 5 {
			s.Errorf("outcome %+v, want ErrLength and 5 bytes", o)
		}
	}},
	{name: "fewer bytes than declared cut the answer off", faulty: true, test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.OnFinish(s.note)
			x.Response.Header.Set("Content-Length", "5")
			if err := x.Flush(); err != nil {
				return err
			}
			_, err := x.WriteString("hell")
			return err
		})
		res := s.get("/")
		equal(s, "cut off", res.Aborted, true)
		if o := s.outcome(); !errors.Is(o.Err, gateway.ErrLength) {
			s.Errorf("outcome %+v, want ErrLength", o)
		}
	}},
	{name: "a body that is not as long as declared is 500", faulty: true, test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.OnFinish(s.note)
			x.Response.Header.Set("Content-Length", x.Request.Query)
			return text(x, "hello")
		})
		for _, length := range []string{"4", "6", "-5", "+5", "5,5", "5x", "99999999999999999999"} {
			equal(s, "status with Content-Length "+length, s.get("/?"+length).Status, 500)
			if o := s.outcome(); o.Err == nil || o.Status != 500 {
				s.Errorf("outcome %+v", o)
			}
		}
		equal(s, "status with the right length", s.get("/?5").Status, 200)
	}},
	{name: "two declared lengths are 500, RFC 9110 §8.6", faulty: true, test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.Response.Header.Add("Content-Length", "5")
			x.Response.Header.Add("content-length", "5")
			return text(x, "hello")
		})
		equal(s, "status", s.get("/").Status, 500)
	}},
	//spec:application On HEAD a handler may leave out the content, if it declares the length or leaves that out, too.
	{name: "HEAD may declare a length and write nothing", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.OnFinish(s.note)
			x.Response.Header.Set("Content-Length", "1000000")
			return nil
		})
		res := s.do(Request{Method: "HEAD"})
		equal(s, "Content-Length", res.Header.Value("Content-Length"), "1000000")
		equal(s, "cut off", res.Aborted, false)
		if o := s.outcome(); o.Err != nil {
			s.Errorf("outcome %+v", o)
		}
	}},
}
