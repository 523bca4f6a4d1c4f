package main

import (
	"strings"
	"testing"
)

// Heads are counted whole, wherever the reads cut them.
func TestHeadsAtEveryCut(t *testing.T) {
	const stream = "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\n\r\n\r\n\r\n"
	want := strings.Count(stream, "\r\n\r\n")
	for size := 1; size <= len(stream); size++ {
		var read reader
		got := 0
		for rest := stream; rest != ""; {
			n := min(size, len(rest))
			got += read.heads([]byte(rest[:n]))
			rest = rest[n:]
		}
		if got != want {
			t.Errorf("reads of %d bytes: %d heads, want %d", size, got, want)
		}
	}
}
