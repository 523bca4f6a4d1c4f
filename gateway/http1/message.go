package http1

// Framing is how the end of a body is found (RFC 9112 §6).
type Framing uint8

const (
	None    Framing = iota // there is no body, or an empty one
	Fixed                  // Content-Length tells its length
	Chunked                // the chunked transfer coding tells its end
	ToClose                // the end of the connection is its end: responses only
)

// A Message is what the head of a request says about the connection.
type Message struct {
	Body   Framing // None, Fixed or Chunked
	Length int64   // of the body in bytes: 0 for None, -1 for Chunked
	Minor  int     // of the version to answer in: 0 for HTTP/1.0, 1 for HTTP/1.1 and later

	// KeepAlive is the client's wish to go on with the connection, by version and
	// Connection field (RFC 9112 §9.3).
	KeepAlive bool

	// Continue says that the client may wait for a 100 (Continue) before it sends
	// the body (RFC 9110 §10.1.1). It is false where there is no body and in
	// HTTP/1.0.
	Continue bool

	// Upgrade says that the client offers another protocol: the Upgrade field,
	// named by Connection, in HTTP/1.1 (RFC 9110 §7.8).
	Upgrade bool

	// Scheme is the scheme of an absolute-form target, http or https; "" for other
	// targets (RFC 9112 §3.3). A server that knows its connection's scheme compares
	// or ignores it.
	Scheme string
}
