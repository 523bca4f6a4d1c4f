// Upload takes files from a page and streams them to a folder: each is written as it
// comes, bounded, hashed on the way, and there under its name only once it is whole.
//
//	go run ./examples/upload
//	go run ./examples/upload -folder /srv/uploads -limit 4294967296
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/dewar-go/dewar/gateway/server"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:5000", "`address` to listen on")
	folder := flag.String("folder", "uploads", "`folder` for the files; it is made where it is missing")
	limit := flag.Int64("limit", 1<<30, "`bytes` of the largest file")
	flag.Parse()
	if err := run(*addr, *folder, *limit); err != nil {
		fmt.Fprintln(os.Stderr, "upload:", err)
		os.Exit(1)
	}
}

func run(addr, folder string, limit int64) error {
	s, err := openShelf(folder, limit)
	if err != nil {
		return err
	}
	err = newApp(s).Run(server.New(server.Config{Addr: addr}))
	return errors.Join(err, s.close())
}
