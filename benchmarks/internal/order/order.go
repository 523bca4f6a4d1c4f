// Package order is the document of the binding workload: its type, the rules that
// every peer holds it to, a right one, and wrong ones.
//
// Its law: the rules are those of github.com/go-playground/validator, which every
// Go peer uses or has within; who has a tag of its own for them finds the same
// rules there.
package order

import (
	"encoding/json"
	"math"
	"strings"
)

// An Order is what comes in.
type Order struct {
	Number   string   `json:"number" validate:"required,alphanum,len=10" binding:"required,alphanum,len=10"`
	Name     string   `json:"name" validate:"required,max=60" binding:"required,max=60"`
	Email    string   `json:"email" validate:"required,email" binding:"required,email"`
	Currency string   `json:"currency" validate:"required,oneof=EUR GBP USD" binding:"required,oneof=EUR GBP USD"`
	Express  bool     `json:"express"`
	Discount float64  `json:"discount" validate:"gte=0,lt=1" binding:"gte=0,lt=1"`
	Address  Address  `json:"address" validate:"required" binding:"required"`
	Items    []Item   `json:"items" validate:"required,min=1,max=20,dive" binding:"required,min=1,max=20,dive"`
	Tags     []string `json:"tags" validate:"max=10,dive,min=2,max=20" binding:"max=10,dive,min=2,max=20"`
	Note     string   `json:"note" validate:"max=500" binding:"max=500"`
}

// An Address is where an Order goes.
type Address struct {
	Street  string `json:"street" validate:"required,max=80" binding:"required,max=80"`
	City    string `json:"city" validate:"required,max=60" binding:"required,max=60"`
	Zip     string `json:"zip" validate:"required,numeric,len=5" binding:"required,numeric,len=5"`
	Country string `json:"country" validate:"required,alpha,len=2" binding:"required,alpha,len=2"`
}

// An Item is a line of an Order.
type Item struct {
	Article  string `json:"article" validate:"required,alphanum,len=8" binding:"required,alphanum,len=8"`
	Title    string `json:"title" validate:"required,max=80" binding:"required,max=80"`
	Quantity int    `json:"quantity" validate:"required,min=1,max=100" binding:"required,min=1,max=100"`
	Cents    int64  `json:"cents" validate:"required,min=1" binding:"required,min=1"` // each
}

// A Receipt is the answer to an Order.
type Receipt struct {
	Number string `json:"number"`
	Name   string `json:"name"`
	City   string `json:"city"`
	Pieces int    `json:"pieces"`
	Cents  int64  `json:"cents"` // for all, less the discount
}

// Receipt answers the order.
func (o Order) Receipt() Receipt {
	r := Receipt{Number: o.Number, Name: o.Name, City: o.Address.City}
	var sum int64
	for _, item := range o.Items {
		r.Pieces += item.Quantity
		sum += int64(item.Quantity) * item.Cents
	}
	r.Cents = int64(math.Round(float64(sum) * (1 - o.Discount)))
	return r
}

// Right returns an order that keeps all rules; as JSON it has about 1 KB.
func Right() Order {
	return Order{
		Number: "A102938475", Name: "Ada Lovelace", Email: "ada.lovelace@example.com", Currency: "EUR", Express: true, Discount: 0.1,
		Address: Address{Street: "12 St James's Square", City: "Zürich", Zip: "80331", Country: "CH"},
		Items: []Item{
			{"AB12CD34", "Notebook, ruled, 240 pages, \"A5\"", 3, 1290},
			{"EF56GH78", "Fountain pen with a fine nib", 1, 4950},
			{"IJ90KL12", "Ink, royal blue, bottle of 50 ml", 2, 1175},
			{"MN34OP56", "Blotting paper, pack of ten sheets", 4, 395},
			{"QR78ST90", "Desk lamp with a shade of green glass", 1, 18900},
		},
		Tags: []string{"stationery", "gift", "returning", "newsletter"},
		Note: "Please leave the parcel with the neighbours on the second floor if nobody answers the door before noon; " +
			"the bell is out of order, so knock twice, or call the number on the parcel. Wrap the lamp on its own, and enclose a card that says \"Happy birthday\".",
	}
}

// JSON is Right as it is sent.
func JSON() []byte {
	p, err := json.Marshal(Right())
	if err != nil {
		panic(err) // a struct of strings and numbers
	}
	return p
}

// A Mistake is an order that has to be refused.
type Mistake struct {
	Name string
	JSON []byte
}

// Wrong returns orders with one mistake each: in the JSON, in a type, and in rules
// at every depth.
func Wrong() []Mistake {
	right := string(JSON())
	with := func(name, old, changed string) Mistake {
		if strings.Count(right, old) != 1 {
			panic("order: " + old + " does not stand in the order once")
		}
		return Mistake{name, []byte(strings.Replace(right, old, changed, 1))}
	}
	return []Mistake{
		{"half of the JSON", []byte(right[:len(right)/2])},
		with("a string for a number", `"quantity":3`, `"quantity":"3"`),
		with("no number", `"number":"A102938475",`, ``),
		with("no e-mail address", `ada.lovelace@example.com`, `ada.lovelace`),
		with("a currency that is not taken", `"EUR"`, `"XXX"`),
		with("all of the price as discount", `"discount":0.1`, `"discount":1`),
		with("a zip code of letters", `"80331"`, `"8033x"`),
		with("an item of which there are too many", `"quantity":4`, `"quantity":400`),
		with("a tag that is too long", `"newsletter"`, `"`+strings.Repeat("newsletter", 3)+`"`),
	}
}
