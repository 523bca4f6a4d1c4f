package gatewaytest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"sync"

	"github.com/dewar-go/dewar/gateway"
)

// Much at once.
var loadRules = []rule{
	{name: "10 MB go both ways at once, held to their hash", test: func(s *subject) {
		content := pattern(10 << 20)
		s.serveFunc(duplex)
		for name, q := range map[string]Request{
			"chunked":     {Method: "POST", Stream: bytes.NewReader(content)},
			"with length": {Method: "POST", Body: content},
		} {
			res := s.do(q)
			equal(s, name+": length", len(res.Body), len(content))
			equal(s, name+": hash", sha256.Sum256(res.Body), sha256.Sum256(content))
		}
	}},
	{name: "10 MB go in, and 10 MB out with their length", test: func(s *subject) {
		content := pattern(10 << 20)
		s.serveFunc(func(x *gateway.Exchange) error {
			hash := sha256.New()
			if _, err := io.Copy(hash, x); err != nil {
				return err
			}
			x.Response.Header.Set("X-Hash", hex.EncodeToString(hash.Sum(nil)))
			x.Response.Body = content
			return nil
		})
		sum := sha256.Sum256(content)
		res := s.do(Request{Method: "POST", Body: content})
		equal(s, "hash of what was sent", res.Header.Value("X-Hash"), hex.EncodeToString(sum[:]))
		equal(s, "hash of what came", sha256.Sum256(res.Body), sum)
	}},
	{name: "100 exchanges run at the same time", test: func(s *subject) {
		const n = 100
		var arrived sync.WaitGroup
		arrived.Add(n)
		all := make(chan struct{})
		go func() { arrived.Wait(); close(all) }() // ends when all handlers run
		s.serveFunc(func(x *gateway.Exchange) error {
			if x.Request.Path == "/together" {
				arrived.Done()
				await(s, all)
			}
			body, err := io.ReadAll(x)
			if err != nil {
				return err
			}
			return text(x, x.Request.Query+" "+string(body))
		})
		var clients sync.WaitGroup
		for i := range n {
			clients.Go(func() {
				for _, path := range []string{"/together", "/again", "/again"} {
					q := Request{Method: "POST", Target: fmt.Sprintf("%s?%d", path, i), Body: fmt.Appendf(nil, "body %d", i)}
					call, err := s.client.Start(q)
					if err != nil {
						s.Error(err)
						return
					}
					res, err := Finish(call)
					if err != nil {
						s.Error(err)
						return
					}
					equal(s, "answer", string(res.Body), fmt.Sprintf("%d body %d", i, i))
				}
			})
		}
		clients.Wait()
	}},
}
