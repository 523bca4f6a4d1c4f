package framework_test

import (
	"fmt"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

func ExampleBind() {
	type NewNote struct {
		Folder string   `path:"folder"`
		Notify bool     `query:"notify" default:"true"`
		Title  string   `json:"title" validate:"required,max=80"`
		Tags   []string `json:"tags" validate:"max=5"`
	}
	type Note struct {
		ID     int    `json:"id"`
		Folder string `json:"folder"`
		Title  string `json:"title"`
	}
	app := framework.New("notes")
	app.Post("/<folder>/notes", framework.Bind(func(c *framework.Context, in NewNote) (Note, error) {
		c.Status(201)
		return Note{7, in.Folder, in.Title}, nil
	})).Name("create")

	for _, body := range []string{`{"title": "Milk"}`, `{"tags": "home"}`} {
		r := gatewaytest.Do(app, gatewaytest.Request{
			Method: "POST", Target: "/home/notes", Body: []byte(body),
			Header: gateway.Header{{Name: "Content-Type", Value: "application/json"}},
		})
		fmt.Println(r.Status, string(r.Body))
	}
	// Output:
	// 201 {"id":7,"folder":"home","title":"Milk"}
	// 422 {"type":"about:blank","title":"Unprocessable Content","status":422,"detail":"The content of the request has 2 mistakes.","instance":"/home/notes","errors":[{"pointer":"/tags","location":"body","code":"type","message":"expected an array, got the text \"home\""},{"pointer":"/title","location":"body","code":"required","message":"is required, but absent"}]}
}
