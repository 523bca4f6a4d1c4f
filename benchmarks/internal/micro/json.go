package micro

import (
	"encoding/json"
	"fmt"
	"reflect"

	hertzjson "github.com/cloudwego/hertz/pkg/common/json"
	goccy "github.com/goccy/go-json"

	"github.com/dewar-go/dewar/benchmarks/internal/order"
	"github.com/dewar-go/dewar/framework"
)

// A codec is what a peer encodes and decodes with, where nobody chose otherwise.
type codec struct {
	marshal   func(v any) ([]byte, error)
	unmarshal func(data []byte, v any) error
}

// codecs are by peer; goccy is the library itself.
var codecs = map[string]codec{
	"dewar":   {framework.FastJSON{}.Marshal, framework.FastJSON{}.Unmarshal},
	"nethttp": {json.Marshal, json.Unmarshal},
	"hertz":   {hertzjson.Marshal, hertzjson.Unmarshal},
	"goccy":   {goccy.Marshal, goccy.Unmarshal},
}

func encoders() map[string]subject {
	subjects := make(map[string]subject)
	for name, c := range codecs {
		subjects[name] = c.encoding
	}
	return subjects
}

func decoders() map[string]subject {
	subjects := make(map[string]subject)
	for name, c := range codecs {
		subjects[name] = c.decoding
	}
	return subjects
}

// encoding checks that the document can be read back, and returns the call.
func (c codec) encoding() (func() error, error) {
	right := order.Right()
	text, err := c.marshal(&right)
	if err != nil {
		return nil, err
	}
	var back order.Order
	if err := json.Unmarshal(text, &back); err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(back, right) {
		return nil, fmt.Errorf("encoded wrongly: %s", text)
	}
	return func() error {
		_, err := c.marshal(&right)
		return err
	}, nil
}

// decoding checks that the document comes whole, and returns the call.
func (c codec) decoding() (func() error, error) {
	text := order.JSON()
	var got order.Order
	if err := c.unmarshal(text, &got); err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(got, order.Right()) {
		return nil, fmt.Errorf("decoded wrongly: %+v", got)
	}
	return func() error {
		var o order.Order
		return c.unmarshal(text, &o)
	}, nil
}
