package basicauth_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/basicauth"
)

var whoami = gateway.HandlerFunc(func(x *gateway.Exchange) error {
	x.Response.Status = 200
	_, err := x.WriteString(basicauth.Of(x))
	return err
})

func basic(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }

func Example() {
	h := gateway.Chain(whoami, basicauth.New(basicauth.Config{Users: map[string]string{"ada": "secret"}}))
	res := gatewaytest.Do(h, gatewaytest.Request{})
	fmt.Println(res.Status, res.Header.Value("WWW-Authenticate"))
	res = gatewaytest.Do(h, gatewaytest.Request{Header: gateway.Header{{Name: "Authorization", Value: basic("ada:secret")}}})
	fmt.Println(res.Status, string(res.Body))
	// Output:
	// 401 Basic realm="restricted", charset="UTF-8"
	// 200 ada
}

func TestCredentials(t *testing.T) {
	h := basicauth.New(basicauth.Config{Realm: "admin", Users: map[string]string{"ada": "secret", "bob": "pass:word", "jürgen": "größe", "": "nobody"}})(whoami)
	for _, c := range []struct {
		fields []string
		user   string
		ok     bool
	}{
		{[]string{basic("ada:secret")}, "ada", true},
		{[]string{basic("bob:pass:word")}, "bob", true},
		{[]string{basic("jürgen:größe")}, "jürgen", true},
		{[]string{basic(":nobody")}, "", true},
		{[]string{"basic " + basic("ada:secret")[6:]}, "ada", true},
		{[]string{"BASIC  " + basic("ada:secret")[6:]}, "ada", true},
		{nil, "", false},
		{[]string{""}, "", false},
		{[]string{basic("ada:Secret")}, "", false},
		{[]string{basic("ada:")}, "", false},
		{[]string{basic("ada")}, "", false},
		{[]string{basic("ADA:secret")}, "", false},
		{[]string{basic("bob:secret")}, "", false}, // another's password
		{[]string{basic("eve:secret")}, "", false},
		{[]string{basic("ada:secret") + "!"}, "", false},
		{[]string{"Basic"}, "", false},
		{[]string{"Bearer " + basic("ada:secret")[6:]}, "", false},
		{[]string{"Basic " + base64.StdEncoding.EncodeToString([]byte("j\xfcrgen:gr\xf6\xdfe"))}, "", false}, // Latin-1
		{[]string{basic("ada:secret"), basic("ada:secret")}, "", false},
	} {
		q := gatewaytest.Request{}
		for _, f := range c.fields {
			q.Header.Add("Authorization", f)
		}
		res := gatewaytest.Do(gatewaytest.Lint(func(err error) { t.Error(err) })(h), q)
		want := 401
		if c.ok {
			want = 200
		}
		if res.Status != want || c.ok && string(res.Body) != c.user || c.ok == res.Header.Has("WWW-Authenticate") {
			t.Errorf("%q: %d %q %v", c.fields, res.Status, res.Body, res.Header)
		}
	}
}

func TestVerify(t *testing.T) {
	h := basicauth.New(basicauth.Config{Verify: func(_ context.Context, user, password string) bool { return user == "ada" && password == "x" }})(whoami)
	for text, want := range map[string]int{"ada:x": 200, "ada:y": 401} {
		if res := gatewaytest.Do(h, gatewaytest.Request{Header: gateway.Header{{Name: "Authorization", Value: basic(text)}}}); res.Status != want {
			t.Errorf("%s: %d", text, res.Status)
		}
	}
}

func TestNewPanicsAtMistakes(t *testing.T) {
	yes := func(context.Context, string, string) bool { return true }
	for _, c := range []basicauth.Config{
		{}, {Users: map[string]string{}}, {Users: map[string]string{"a": "b"}, Verify: yes}, {Realm: `a"b`, Verify: yes}, {Realm: "a\n", Verify: yes}, {Users: map[string]string{"a:b": "c"}},
		{Users: map[string]string{"a": "b", "c": ""}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is taken", c)
				}
			}()
			basicauth.New(c)
		}()
	}
}
