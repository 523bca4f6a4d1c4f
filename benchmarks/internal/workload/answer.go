package workload

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/fortune"
	"github.com/dewar-go/dewar/benchmarks/internal/order"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

// An Answer says what a right answer is.
type Answer struct {
	Media string // media type without parameters; "": any
	Body  func(body []byte) error
}

var (
	plaintext = Answer{Media: "text/plain", Body: equals(site.Plaintext)}
	slept     = Answer{Media: "text/plain", Body: equals(site.Slept)}
	route     = Answer{Media: "text/plain", Body: equals(site.RouteAnswer("42", "7"))}
	fortunes  = Answer{Media: "text/html", Body: isFortunes}
	hello     = Answer{Media: jsonMedia, Body: isJSON(site.NewHello())}
	receipt   = Answer{Media: jsonMedia, Body: isJSON(order.Right().Receipt())}
)

func equals(want string) func([]byte) error {
	return func(body []byte) error {
		if string(body) != want {
			return fmt.Errorf("body is %.60q, want %q", body, want)
		}
		return nil
	}
}

// count is the answer that the counter has reached n.
func count(n int) Answer { return Answer{Media: "text/plain", Body: equals(strconv.Itoa(n))} }

// isJSON compares the value: a line feed at the end or a space inside is a matter
// of taste.
func isJSON[T comparable](want T) func([]byte) error {
	return func(body []byte) error {
		var got T
		if err := json.Unmarshal(body, &got); err != nil {
			return fmt.Errorf("body %.60q: %w", body, err)
		}
		if got != want {
			return fmt.Errorf("body is %.60q, want %+v", body, want)
		}
		return nil
	}
}

var tableRow = regexp.MustCompile(`<tr>\s*<td>(\d+)</td>\s*<td>([^<]*)</td>\s*</tr>`)

// isFortunes reads the table back: how an engine writes a quote is its own affair,
// as long as nothing is left unescaped.
func isFortunes(body []byte) error {
	var got []fortune.Fortune
	for _, cells := range tableRow.FindAllSubmatch(body, -1) {
		id, err := strconv.Atoi(string(cells[1]))
		if err != nil {
			return err
		}
		got = append(got, fortune.Fortune{ID: id, Message: html.UnescapeString(string(cells[2]))})
	}
	if !slices.Equal(got, fortune.Sorted()) || bytes.Contains(body, []byte("<script")) {
		return fmt.Errorf("the page has %d rows that are right and escaped, or in another order; want %d: %s", len(got), len(fortune.Sorted()), body)
	}
	return nil
}

func hasSum(size int, want [sha256.Size]byte) func([]byte) error {
	return func(body []byte) error {
		if len(body) != size || sha256.Sum256(body) != want {
			return fmt.Errorf("body of %d bytes is not the file of %d", len(body), size)
		}
		return nil
	}
}

// checkTimeout bounds one check; the slowest answer is ten megabytes.
const checkTimeout = 10 * time.Second

// Check sends the workload's requests to address, as they are sent under load, on
// one connection, and returns what is wrong with the first wrong answer. What has to
// be refused comes after.
func (w Workload) Check(address string) error {
	if w.Streams > 0 {
		return w.checkSecond(address)
	}
	if err := w.checkAnswers(address); err != nil {
		return fmt.Errorf("%s: %w", w.ID, err)
	}
	for _, r := range w.Refused {
		if err := w.checkRefusal(address, r); err != nil {
			return fmt.Errorf("%s: request with %s: %w", w.ID, r.Name, err)
		}
	}
	return nil
}

func (w Workload) checkAnswers(address string) error {
	c, err := w.dial(address)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(checkTimeout)); err != nil {
		return err
	}
	r := bufio.NewReader(c)
	for _, request := range w.Requests[:min(len(w.Requests), 3)] {
		if _, err := c.Write(bytes.Repeat(request, w.Pipeline)); err != nil {
			return err
		}
		for range w.Pipeline {
			closed, err := w.Answer.check(r)
			if err != nil {
				return err
			}
			if closed {
				return nil // the others are as good; under load the generator reconnects
			}
		}
	}
	return nil
}

// checkRefusal sends a request on a connection of its own, which the server may
// close.
func (w Workload) checkRefusal(address string, r Refusal) error {
	c, err := w.dial(address)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(checkTimeout)); err != nil {
		return err
	}
	if _, err := c.Write(r.Request); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode < 400 || response.StatusCode > 499 {
		return fmt.Errorf("status is %s, want 4xx", response.Status)
	}
	return nil
}

func (w Workload) dial(address string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: checkTimeout}
	if w.TLS {
		return tls.DialWithDialer(dialer, "tcp", address, untrusted)
	}
	return dialer.Dial("tcp", address)
}

// untrusted takes the suite's own certificate, which nobody signed.
var untrusted = &tls.Config{InsecureSkipVerify: true}

// checkSecond is Check over HTTP/2.
func (w Workload) checkSecond(address string) error {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(w.Requests[0])))
	if err != nil {
		return fmt.Errorf("%s: %w", w.ID, err)
	}
	transport := &http.Transport{TLSClientConfig: untrusted.Clone(), ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	c := &http.Client{Timeout: checkTimeout, Transport: transport}
	response, err := c.Get("https://" + address + r.URL.Path)
	if err != nil {
		return fmt.Errorf("%s: %w", w.ID, err)
	}
	defer response.Body.Close()
	if response.ProtoMajor != 2 {
		return fmt.Errorf("%s: the server speaks %s, want HTTP/2", w.ID, response.Proto)
	}
	if err := w.Answer.judge(response); err != nil {
		return fmt.Errorf("%s: %w", w.ID, err)
	}
	return nil
}

// check reads one answer; closed tells that the server will not answer another.
func (a Answer) check(r *bufio.Reader) (closed bool, err error) {
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		return false, fmt.Errorf("no answer: %w", err)
	}
	defer response.Body.Close()
	return response.Close, a.judge(response)
}

// judge returns what is wrong with an answer, and reads it to its end.
func (a Answer) judge(response *http.Response) error {
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return fmt.Errorf("answer is cut: %w", err)
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("status is %s, want 200; body %.60q", response.Status, body)
	case response.Header.Get("Content-Encoding") != "":
		return errors.New("answer is compressed, which nobody asked for")
	}
	if a.Media != "" {
		media, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
		if err != nil || media != a.Media {
			return fmt.Errorf("Content-Type is %q, want %s", response.Header.Get("Content-Type"), a.Media)
		}
	}
	return a.Body(body)
}
