package framework

import (
	stdjson "encoding/json"

	fastjson "github.com/goccy/go-json"
)

// JSON encodes and decodes JSON for an application: App.JSON.
type JSON interface {
	// Marshal encodes v. <, > and & in strings are escaped, so that the result
	// can stand in an HTML page. The result is owned by the caller.
	Marshal(v any) ([]byte, error)
	// Unmarshal decodes data into what v points to. data is borrowed until it
	// returns.
	Unmarshal(data []byte, v any) error
}

// FastJSON is JSON by github.com/goccy/go-json, the default.
type FastJSON struct{}

// Marshal encodes v.
func (FastJSON) Marshal(v any) ([]byte, error) { return fastjson.Marshal(v) }

// Unmarshal decodes data into v.
func (FastJSON) Unmarshal(data []byte, v any) error { return fastjson.Unmarshal(data, v) }

// StdJSON is JSON by encoding/json.
type StdJSON struct{}

// Marshal encodes v.
func (StdJSON) Marshal(v any) ([]byte, error) { return stdjson.Marshal(v) }

// Unmarshal decodes data into v.
func (StdJSON) Unmarshal(data []byte, v any) error { return stdjson.Unmarshal(data, v) }
