package nethttp

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
)

// Hijack gives the connection to the handler, with a buffer that first yields what
// the server had read of it. A head that WriteHeader was given is sent before, as
// net/http does: some WebSocket libraries switch protocols that way.
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.x == nil:
		return nil, nil, errLate
	case w.hijacked:
		return nil, nil, http.ErrHijacked
	}
	conn, read, err := w.x.Hijack()
	if err != nil {
		return nil, nil, unsupported(err)
	}
	w.hijacked = true
	if w.status != 0 {
		if _, err := conn.Write(w.head()); err != nil {
			_ = conn.Close()
			return nil, nil, err
		}
	}
	reader, err := readAgain(conn, read)
	if err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	return conn, bufio.NewReadWriter(reader, bufio.NewWriter(conn)), nil
}

// head is the response so far, as HTTP/1.1 writes it.
func (w *writer) head() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %03d %s\r\n", w.status, http.StatusText(w.status))
	header := w.switching
	if header == nil {
		header = newHeader(w.x.Response.Header)
	}
	_ = header.WriteSubset(&b, map[string]bool{"Content-Length": w.switching != nil, "Transfer-Encoding": true})
	b.WriteString("\r\n")
	b.Write(w.x.Response.Body)
	return b.Bytes()
}

// readAgain is a reader of conn that holds read in its buffer, where the new owner
// looks for it.
func readAgain(conn net.Conn, read []byte) (*bufio.Reader, error) {
	r := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(read), conn), max(4096, len(read)))
	_, err := r.Peek(len(read))
	return r, err
}
