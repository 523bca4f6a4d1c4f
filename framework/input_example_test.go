package framework_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/binding"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// A form is shown again with what was typed and what is wrong with it.
func ExampleContext_Bind() {
	app := framework.New("club")
	app.Post("/join", func(c *framework.Context) error {
		var in struct {
			Name string `form:"name" validate:"required,max=40"`
			Age  int    `form:"age" validate:"min=18"`
		}
		var wrong *binding.Error
		if err := c.Bind(&in); errors.As(err, &wrong) {
			return c.Status(422).Text("Your age: [" + wrong.Value("age") + "] " + wrong.Message("age"))
		} else if err != nil {
			return err
		}
		return c.Redirect("/welcome")
	})
	for _, form := range []string{"name=Ada&age=twelve", "name=Ada&age=12", "name=Ada&age=21"} {
		r := client.Do(app, client.Request{
			Method: "POST", Target: "/join", Body: []byte(form),
			Header: gateway.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
		})
		fmt.Println(r.Status, string(r.Body))
	}
	// Output:
	// 422 Your age: [twelve] expected an integer, got "twelve"
	// 422 Your age: [12] must be at least 18
	// 303
}

// Clients that ask for German are told in German what is wrong.
func ExampleContext_Bind_languages() {
	app := framework.New("club")
	app.Input.Languages = map[string]binding.Texts{"de": {"must be at least %s": "muss mindestens %s sein"}}
	app.Post("/join", func(c *framework.Context) error {
		var in struct {
			Age int `json:"age" validate:"min=18"`
		}
		var wrong *binding.Error
		if err := c.Bind(&in); errors.As(err, &wrong) {
			return c.Status(422).Text(wrong.Message("/age"))
		}
		return c.NoContent()
	})
	for _, languages := range []string{"de-AT, de;q=0.9, en;q=0.5", "fr"} {
		r := client.Do(app, client.Request{
			Method: "POST", Target: "/join", Body: []byte(`{"age": 12}`),
			Header: gateway.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Accept-Language", Value: languages}},
		})
		fmt.Println(string(r.Body))
	}
	// Output:
	// muss mindestens 18 sein
	// must be at least 18
}

func ExampleGet() {
	app := framework.New("list")
	app.Get("/", func(c *framework.Context) error {
		page := framework.Get(c.Query(), "page", 1)
		tags := slices.Collect(c.Query().All("tag"))
		return c.Text(fmt.Sprintf("page %d, tags %v", page, tags))
	})
	for _, query := range []string{"", "page=2&tag=a&tag=b", "page=two"} {
		fmt.Println(string(client.Do(app, client.Request{Target: "/?" + query}).Body))
	}
	// Output:
	// page 1, tags []
	// page 2, tags [a b]
	// page 1, tags []
}

func ExampleChunks() {
	app := framework.New("report")
	app.Get("/", func(c *framework.Context) error {
		return framework.Chunks(c, "text/csv", func(yield func(string) bool) {
			_ = yield("id,name\n") && yield("1,ada\n") // each is sent as it comes
		})
	})
	for _, chunk := range client.Do(app, client.Request{}).Chunks() {
		fmt.Printf("%q\n", chunk)
	}
	// Output:
	// "id,name\n"
	// "1,ada\n"
}

func ExampleContext_Respond() {
	app := framework.New("log")
	app.Get("/", func(c *framework.Context) error {
		return c.Respond("text/plain", func(w framework.ResponseWriter) error {
			_, err := io.Copy(w, strings.NewReader("as much as there is"))
			return err
		})
	})
	fmt.Println(string(client.Do(app, client.Request{}).Body))
	// Output: as much as there is
}

func ExampleContext_SendContent() {
	app := framework.New("export")
	app.Get("/", func(c *framework.Context) error {
		text := "0123456789"
		return c.SendContent(strings.NewReader(text), int64(len(text)))
	})
	r := client.Do(app, client.Request{Header: gateway.Header{{Name: "Range", Value: "bytes=-3"}}})
	fmt.Println(r.Status, r.Header.Value("Content-Range"), string(r.Body))
	// Output: 206 bytes 7-9/10 789
}

func ExampleUnauthorized() {
	app := framework.New("admin")
	app.Get("/", func(c *framework.Context) error {
		user, password, ok := c.BasicAuth()
		if !ok || user != "ada" || password != "secret" { // subtle.ConstantTimeCompare, where it is serious
			return framework.Unauthorized(semantics.BasicChallenge("admin"))
		}
		return c.Text("hello, " + user)
	})
	for _, credentials := range []string{"", "Basic YWRhOnNlY3JldA=="} {
		r := client.Do(app, client.Request{Header: gateway.Header{{Name: "Authorization", Value: credentials}}})
		fmt.Println(r.Status, r.Header.Value("WWW-Authenticate"))
	}
	// Output:
	// 401 Basic realm="admin", charset="UTF-8"
	// 200
}
