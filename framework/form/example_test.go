package form_test

import (
	"fmt"
	"io"
	"strings"

	"github.com/dewar-go/dewar/framework/form"
)

func ExampleReader() {
	body := strings.NewReader("--X\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\n\r\n...\r\n--X--\r\n")
	r, err := form.NewReader(body, "multipart/form-data; boundary=X", form.DefaultMaxParts)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	for {
		part, err := r.NextPart()
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		n, err := part.WriteTo(io.Discard)
		fmt.Println(part.Name, part.Filename, n, err)
	}
	// Output: photo a.png 3 <nil>
}
