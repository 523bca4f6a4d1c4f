package framework_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
)

func TestDependencies(t *testing.T) {
	var order []string
	note := func(s string) { order = append(order, s) }
	connection := framework.NewDependency("connection", func(c *framework.Context) (string, error) {
		note("open")
		c.Cleanup(func() { note("close") })
		return "db", nil
	})
	user := framework.NewDependency("user", func(c *framework.Context) (string, error) {
		db, err := connection.Of(c)
		if name := c.Query().Value("user"); err == nil && name != "" {
			c.Cleanup(func() { note("sign out") })
			return name + "@" + db, nil
		}
		return "", framework.Abort(401)
	})
	var self *framework.Dependency[int]
	self = framework.NewDependency("self", func(c *framework.Context) (int, error) { return self.Of(c) })
	app, log := newApp(t)
	app.TeardownRequest(func(c *framework.Context, err error) { note("teardown") })
	app.Get("/", func(c *framework.Context) error {
		first, err := user.Of(c)
		second, again := user.Of(c)
		if first != second || err != again {
			t.Errorf("%s %v, then %s %v", first, err, second, again)
		}
		if err != nil {
			return err
		}
		note("handle")
		return c.Text(first)
	})
	app.Get("/self", func(c *framework.Context) error { _, err := self.Of(c); return err })
	app.Get("/panic", func(c *framework.Context) error {
		c.Cleanup(func() { note("last") })
		c.Cleanup(func() { panic("in a cleanup") })
		c.Cleanup(func() { c.Cleanup(func() { note("added") }) })
		panic("in the handler")
	})
	c := app.TestClient(t)
	c.ExpectErrors = true
	for target, want := range map[string]string{
		"/?user=ada": "200 open handle teardown sign out close",
		"/":          "401 open teardown close",
		"/panic":     "500 teardown added last",
		"/self":      "500 teardown",
	} {
		order = nil
		r := c.Get(target).Do()
		if got := fmt.Sprint(r.Status, " ", strings.Join(order, " ")); got != want {
			t.Errorf("%s: %s, want %s", target, got, want)
		}
	}
	for _, want := range []string{"in a cleanup", "dependency self needs itself"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q", want)
		}
	}
}

func TestDependencyOverride(t *testing.T) {
	clock := framework.NewDependency("clock", func(*framework.Context) (int, error) { return 0, errors.New("no clock") })
	app, _ := newApp(t)
	app.Get("/", func(c *framework.Context) error {
		now, err := clock.Of(c)
		if err != nil {
			return framework.Abort(503, err.Error())
		}
		return c.Text(fmt.Sprint(now))
	})
	c := app.TestClient(t)
	t.Run("overridden", func(t *testing.T) {
		clock.Override(t, app, func(*framework.Context) (int, error) { return 12, nil })
		if r := c.Get("/").Do().Is(200); r.Text() != "12" {
			t.Error(r.Text())
		}
	})
	c.Get("/").Do().Is(503)
}

func ExampleDependency() {
	user := framework.NewDependency("user", func(c *framework.Context) (string, error) {
		name := c.Session().String("user")
		if name == "" {
			return "", framework.Abort(401)
		}
		return name, nil
	})

	app := framework.New("notes")
	app.Get("/", func(c *framework.Context) error {
		name, err := user.Of(c)
		if err != nil {
			return err
		}
		return c.Text("Hello, " + name + "!")
	})
	fmt.Println(app.Freeze())
	// Output: <nil>
}
