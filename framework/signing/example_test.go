package signing_test

import (
	"fmt"
	"time"

	"github.com/dewar-go/dewar/framework/signing"
)

func ExampleSigner() {
	s, err := signing.New(signing.Config{Keys: []string{"last year's", "this year's"}, Salt: "unsubscribe"})
	if err != nil {
		panic(err)
	}
	token := s.Sign([]byte("ada@example.com"))
	fmt.Println(string(token))
	value, err := s.Verify(token)
	fmt.Println(string(value), err)
	_, err = s.Verify([]byte("eve@example.com" + string(token[15:])))
	fmt.Println(err)
	// Output:
	// ada@example.com.Y3kNcVoO6eNqwIm9Y9YYwrL3iGgK5HRjR14UIGo72GQ
	// ada@example.com <nil>
	// signing: signature does not match
}

func ExampleBox() {
	b, err := signing.NewBox(signing.Config{Keys: []string{"last year's", "this year's"}, Salt: "diagnosis"})
	if err != nil {
		panic(err)
	}
	now := time.Now()
	token := b.Seal("patient", []byte("a cold"), now)
	value, err := b.Open("patient", token, now.Add(time.Minute), time.Hour)
	fmt.Println(string(value), err)
	_, err = b.Open("visitor", token, now, time.Hour)
	fmt.Println(err)
	// Output:
	// a cold <nil>
	// signing: sealed token does not open
}
