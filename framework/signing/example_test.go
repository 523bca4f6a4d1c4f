package signing_test

import (
	"fmt"

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
