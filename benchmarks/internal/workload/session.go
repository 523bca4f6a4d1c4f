package workload

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Begin returns the workload as it is to be run against the server at address.
// Most are run as they are; a session is asked for first.
func (w Workload) Begin(address string) (Workload, error) {
	if !w.Session {
		return w, nil
	}
	c := &http.Client{Timeout: checkTimeout, Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(w.Requests[0])))
	if err != nil {
		return w, fmt.Errorf("%s: %w", w.ID, err)
	}
	response, err := c.Get("http://" + address + r.URL.Path)
	if err != nil {
		return w, fmt.Errorf("%s: %w", w.ID, err)
	}
	defer response.Body.Close()
	if err := w.Answer.judge(response); err != nil {
		return w, fmt.Errorf("%s: %w", w.ID, err)
	}
	cookies := response.Cookies()
	if len(cookies) != 1 {
		return w, fmt.Errorf("%s: the first answer sets %d cookies, want that of the session", w.ID, len(cookies))
	}
	if at := cookies[0].Expires; !at.IsZero() && at.Before(time.Now()) {
		return w, errors.New(w.ID + ": the session ends as it begins")
	}
	field := "\r\nCookie: " + cookies[0].Name + "=" + cookies[0].Value + "\r\n\r\n"
	w.Requests = [][]byte{append(bytes.TrimSuffix(w.Requests[0], []byte("\r\n\r\n")), field...)}
	w.Answer = count(2)
	return w, nil
}
