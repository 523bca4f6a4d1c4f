package main

import (
	"log"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway/server"
)

func main() {
	app := framework.New("minimal")
	app.Get("/hello/<name>", func(c *framework.Context) error {
		return c.Text("Hello, " + c.Param("name") + "!")
	})
	if err := app.Run(server.New(server.Config{Addr: "127.0.0.1:5000"})); err != nil {
		log.Fatal(err)
	}
}
