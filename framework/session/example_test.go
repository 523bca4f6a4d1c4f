package session_test

import (
	"context"
	"fmt"
	"time"

	"github.com/dewar-go/dewar/framework/session"
)

func Example() {
	m, err := session.New(session.Config{Keys: []string{"an example's secret, not a good one"}})
	if err != nil {
		panic(err)
	}
	ctx, now := context.Background(), time.Now()
	s, _ := m.Open(ctx, "", now)
	s.Set("user", "ada")
	cookie, _ := m.Close(ctx, s, now)

	s, _ = m.Open(ctx, cookie.Value, now.Add(time.Hour))
	fmt.Println(s.String("user"), s.New())
	// Output: ada false
}
