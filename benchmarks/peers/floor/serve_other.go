//go:build !linux

package main

import (
	"bytes"
	"net"
)

// serve answers with a goroutine for each connection, where there is no epoll.
func serve(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go converse(c)
	}
}

func converse(c net.Conn) {
	defer c.Close()
	var r reader
	buffer := make([]byte, 64<<10)
	for {
		n, err := c.Read(buffer)
		if err != nil {
			return
		}
		if heads := r.heads(buffer[:n]); heads > 0 {
			if _, err := c.Write(bytes.Repeat([]byte(answer), heads)); err != nil {
				return
			}
		}
	}
}
