package routing_test

import (
	"fmt"

	"github.com/dewar-go/dewar/framework/routing"
)

func Example() {
	m, err := routing.New(routing.Config{},
		&routing.Rule{Pattern: "/posts/", Endpoint: "posts"},
		&routing.Rule{Pattern: "/posts/<int:id>", Endpoint: "post", Methods: []string{"GET"}},
		&routing.Rule{Pattern: "/<path:page>", Endpoint: "page"},
	)
	if err != nil {
		panic(err)
	}
	var match routing.Match
	for _, path := range []string{"/posts/7", "/posts", "/about/us"} {
		m.Match(&routing.Request{Method: "GET", Path: path}, &match)
		if match.Rule == nil {
			fmt.Println(path, match.Status, match.Location)
			continue
		}
		fmt.Println(path, match.Rule.Endpoint, match.Params[0].Name, match.Params[0].Value())
	}
	url, _ := m.Build(&routing.Request{}, "post", []routing.Value{{Name: "id", Value: 7}, {Name: "page", Value: 2}}, routing.Options{})
	fmt.Println(url)
	// Output:
	// /posts/7 post id 7
	// /posts 308 /posts/
	// /about/us page page about/us
	// /posts/7?page=2
}

func ExampleConverterFunc() {
	hex := func(routing.Args) (routing.Converter, error) {
		return routing.Converter{
			Pattern: "[0-9a-f]+",
			ToGo: func(text string) (any, error) {
				var n uint64
				_, err := fmt.Sscanf(text, "%x", &n)
				return n, err
			},
			ToURL: func(v any) (string, error) { return fmt.Sprintf("%x", v), nil },
		}, nil
	}
	m, err := routing.New(routing.Config{Converters: map[string]routing.ConverterFunc{"hex": hex}},
		&routing.Rule{Pattern: "/color/<hex:c>", Endpoint: "color"})
	if err != nil {
		panic(err)
	}
	var match routing.Match
	m.Match(&routing.Request{Method: "GET", Path: "/color/ff8000"}, &match)
	fmt.Println(match.Params[0].Value())
	// Output: 16744448
}
