package framework_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/go-playground/validator/v10"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// An invoice is about 1 KB of JSON.
type invoice struct {
	Number   string        `json:"number" validate:"required,alphanum,max=20"`
	Customer string        `json:"customer" validate:"required,min=1,max=100"`
	Email    string        `json:"email" validate:"required,email"`
	Country  string        `json:"country" validate:"required,iso3166_1_alpha2"`
	Paid     bool          `json:"paid"`
	Total    float64       `json:"total" validate:"required,gte=0"`
	Note     string        `json:"note" validate:"max=500"`
	Lines    []invoiceLine `json:"lines" validate:"required,min=1,max=100,dive"`
	Tags     []string      `json:"tags" validate:"max=10"`
}

type invoiceLine struct {
	Article  string  `json:"article" validate:"required,max=40"`
	Quantity int     `json:"quantity" validate:"required,min=1,max=1000"`
	Price    float64 `json:"price" validate:"gte=0"`
	Text     string  `json:"text" validate:"max=200"`
}

type receipt struct {
	Number string  `json:"number"`
	Lines  int     `json:"lines"`
	Total  float64 `json:"total"`
}

var invoiceJSON = func() []byte {
	var lines []string
	for i := range 8 {
		lines = append(lines, fmt.Sprintf(`{"article":"ART-%04d","quantity":%d,"price":%d.25,"text":"A line of the invoice"}`, i, i+1, 10*i))
	}
	return []byte(`{"number":"2026INV0001","customer":"Ada Lovelace","email":"ada@example.com","country":"GB","paid":false,"total":1234.5,` +
		`"note":"Deliver in the morning, please: the dog sleeps then.","lines":[` + strings.Join(lines, ",") + `],"tags":["new","export","engine"]}`)
}()

// BenchmarkBind binds, validates and answers 1 KB of JSON, beside encoding/json and
// the validator called by hand.
func BenchmarkBind(b *testing.B) {
	app := framework.New("bench")
	app.Post("/bind", framework.Bind(func(_ *framework.Context, in invoice) (receipt, error) {
		return receipt{in.Number, len(in.Lines), in.Total}, nil
	}))
	validate := validator.New()
	app.Post("/hand", func(c *framework.Context) error {
		var in invoice
		if err := json.NewDecoder(reader{c.Exchange()}).Decode(&in); err != nil {
			return err
		}
		if err := validate.Struct(&in); err != nil {
			return err
		}
		return c.JSON(receipt{in.Number, len(in.Lines), in.Total})
	})
	app.Post("/hand-fast", func(c *framework.Context) error {
		body := make([]byte, c.Request().Length)
		if _, err := c.Exchange().Read(body); err != nil {
			return err
		}
		var in invoice
		if err := (framework.FastJSON{}).Unmarshal(body, &in); err != nil {
			return err
		}
		if err := validate.Struct(&in); err != nil {
			return err
		}
		return c.JSON(receipt{in.Number, len(in.Lines), in.Total})
	})
	for _, path := range []string{"/bind", "/hand", "/hand-fast"} {
		b.Run(path[1:], func(b *testing.B) {
			rec := &gatewaytest.Recorder{Handler: app}
			q := gatewaytest.Request{Method: "POST", Target: path, Body: invoiceJSON, Header: gateway.Header{{Name: "Content-Type", Value: "application/json"}}}
			b.ReportAllocs()
			b.SetBytes(int64(len(invoiceJSON)))
			for b.Loop() {
				if r := rec.Do(q); r.Status != 200 {
					b.Fatalf("%d %s", r.Status, r.Body)
				}
			}
		})
	}
}

type reader struct{ x *gateway.Exchange }

func (r reader) Read(p []byte) (int, error) { return r.x.Read(p) }
