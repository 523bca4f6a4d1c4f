package nethttp

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// freeze makes the exchange's response what the header says now; changes that the
// handler makes later are not seen, except for trailers.
func (w *writer) freeze() {
	r := &w.x.Response
	length, err := contentLength(w.header)
	if err != nil {
		w.mistake("%w", err)
	}
	w.declared = length
	if len(r.Header) > 0 {
		r.Header = nil // it is in w.header, and whoever assigned it may use it again
	}
	r.Status = w.status
	r.Header = appendFields(r.Header, w.header)
	if length >= 0 && w.status != http.StatusNoContent {
		r.Header.Add("Content-Length", strconv.FormatInt(length, 10))
	}
	r.Close = r.Close || hasToken(w.header["Connection"], "close")
	for name := range (gateway.Header{{Name: "Trailer", Value: strings.Join(w.header["Trailer"], ",")}}).List("Trailer") {
		w.announced = append(w.announced, http.CanonicalHeaderKey(name))
	}
	_, typed := w.header["Content-Type"]
	w.guess = !typed && w.header.Get("Content-Encoding") == "" && w.header.Get("Transfer-Encoding") == "" && !gateway.Bodyless(w.status)
	if w.status == http.StatusSwitchingProtocols {
		w.switching = w.header.Clone()
	}
}

// contentLength is the length that the handler declares, or -1. A coding takes
// precedence over it (RFC 9112 §6.3), as it does in net/http.
func contentLength(h http.Header) (int64, error) {
	text := h.Get("Content-Length")
	if text == "" || h.Get("Transfer-Encoding") != "" {
		return -1, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return -1, fmt.Errorf("Content-Length %.40q is not a decimal number (RFC 9110 §8.6)", text)
	}
	return n, nil
}

// appendFields lists what of h is the application's to send, sorted by name.
// Fields about the connection are the server's; net/http's handlers like to set
// them, and mean nothing but close, which is Response.Close. As in net/http, a name
// that is no token is left out, and line ends in a value become spaces.
func appendFields(fields gateway.Header, h http.Header) gateway.Header {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		switch http.CanonicalHeaderKey(name) {
		case "Connection", "Keep-Alive", "Proxy-Connection", "Te", "Transfer-Encoding", "Content-Length":
			continue
		}
		if !gateway.ValidName(name) { // among them those of http.TrailerPrefix
			continue
		}
		for _, value := range h[name] {
			fields = append(fields, gateway.Field{Name: name, Value: clean(value)})
		}
	}
	return fields
}

// trailer lists the trailers that the handler has set by now: announced in the
// Trailer field, or named with http.TrailerPrefix.
func (w *writer) trailer() gateway.Header {
	var fields gateway.Header
	add := func(name string, values []string) {
		if !gateway.ValidName(name) || !gateway.ValidTrailer(name) {
			return // as in net/http, which does not announce it either
		}
		for _, value := range values {
			fields = append(fields, gateway.Field{Name: name, Value: clean(value)})
		}
	}
	for _, name := range w.announced {
		add(name, w.header[name])
	}
	for key, values := range w.header {
		if name, ok := strings.CutPrefix(key, http.TrailerPrefix); ok {
			add(name, values)
		}
	}
	slices.SortStableFunc(fields, func(a, b gateway.Field) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

var lineEnds = strings.NewReplacer("\n", " ", "\r", " ")

// clean is what net/http does to a field value before it sends it.
func clean(value string) string {
	if gateway.ValidValue(value) {
		return value
	}
	return strings.Trim(lineEnds.Replace(value), " \t\r\n")
}

func hasToken(values []string, token string) bool {
	for _, value := range values {
		for element := range strings.SplitSeq(value, ",") {
			if gateway.EqualFold(strings.Trim(element, " \t"), token) {
				return true
			}
		}
	}
	return false
}
