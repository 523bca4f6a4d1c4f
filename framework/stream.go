package framework

import (
	"fmt"
	"io"
	"iter"

	"github.com/dewar-go/dewar/gateway"
)

// A ResponseWriter writes an answer as it comes into being. It is borrowed until the
// function that got it returns.
type ResponseWriter struct{ x *gateway.Exchange }

// Write appends to the answer. Up to 16 KiB may wait for more; see Flush.
func (w ResponseWriter) Write(p []byte) (int, error) { return w.x.Write(p) }

// WriteString is Write without a copy of s.
func (w ResponseWriter) WriteString(s string) (int, error) { return w.x.WriteString(s) }

// Flush sends what was written.
func (w ResponseWriter) Flush() error { return w.x.Flush() }

// begin readies an answer that is written as it comes.
func (c *Context) begin(mediaType string) (ResponseWriter, error) {
	x := c.exchange()
	if err := c.send(mediaType, nil); err != nil {
		return ResponseWriter{}, err
	}
	x.Response.Body = []byte{} // an answer, also where nothing comes
	return ResponseWriter{x}, nil
}

// Respond answers with what f writes, as it writes it. Once more than 16 KiB are
// written, or f has flushed, an error of f can no longer become an error page: the
// client sees that the answer is cut off.
func (c *Context) Respond(mediaType string, f func(w ResponseWriter) error) error {
	w, err := c.begin(mediaType)
	if err != nil {
		return err
	}
	return f(w)
}

// Copy answers with what r gives until io.EOF. It does not wait for more than r has
// at once, and closes nothing. Where the size is known SendContent is better.
func (c *Context) Copy(mediaType string, r io.Reader) error {
	w, err := c.begin(mediaType)
	if err != nil {
		return err
	}
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return err
			}
			if n < len(buf) && err == nil {
				if err := w.Flush(); err != nil {
					return err
				}
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Chunks answers with what a sequence yields, sent piece by piece, as Flask does with
// a generator. A sequence of strings or of []byte; a piece is borrowed until the next.
func Chunks[T string | []byte](c *Context, mediaType string, pieces iter.Seq[T]) error {
	return c.Respond(mediaType, func(w ResponseWriter) error {
		for piece := range pieces {
			if _, err := w.Write([]byte(piece)); err != nil {
				return err
			}
			if err := w.Flush(); err != nil {
				return err
			}
		}
		return nil
	})
}

// NDJSON answers with a sequence as newline-delimited JSON, application/x-ndjson, each
// value sent as it comes. An error in the sequence ends the answer: before the first
// value it becomes an error response.
func NDJSON[T any](c *Context, values iter.Seq2[T, error]) error {
	return c.Respond("application/x-ndjson", func(w ResponseWriter) error {
		for v, err := range values {
			if err != nil {
				return err
			}
			line, err := c.app.json.Marshal(v)
			if err != nil {
				return fmt.Errorf("framework: JSON of %T: %w", v, err)
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
				return err
			}
			if err := w.Flush(); err != nil {
				return err
			}
		}
		return nil
	})
}

// A Result is content with a status and fields, for Reply.
type Result struct {
	Status int            // 0 means 200
	Header gateway.Header // added to the response
	Body   any            // as Reply takes it
}

// Reply answers with v by its type, as Flask does with what a view returns: a string
// is plain text, []byte a download of application/octet-stream, a Result what it says,
// an io.Reader or a sequence of strings or []byte a stream, and everything else JSON.
// nil is an error: NoContent is the answer without content. The methods that are named
// after what they send say the same at compile time.
func (c *Context) Reply(v any) error {
	switch v := v.(type) {
	case nil:
		return fmt.Errorf("framework: %s replied with nil; c.NoContent() is the answer without content", c.Endpoint())
	case error:
		return v
	case string:
		return c.Text(v)
	case []byte:
		return c.Bytes("application/octet-stream", v)
	case Result:
		if v.Status != 0 {
			c.Status(v.Status)
		}
		c.Response().Header = append(c.Response().Header, v.Header...)
		return c.Reply(v.Body)
	case io.Reader:
		return c.Copy("application/octet-stream", v)
	case iter.Seq[string]:
		return Chunks(c, textType, v)
	case func(func(string) bool):
		return Chunks(c, textType, iter.Seq[string](v))
	case iter.Seq[[]byte]:
		return Chunks(c, "application/octet-stream", v)
	case func(func([]byte) bool):
		return Chunks(c, "application/octet-stream", iter.Seq[[]byte](v))
	}
	return c.JSON(v)
}
