package form

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

const urlencoded = "application/x-www-form-urlencoded"

func parts(t *testing.T, fields ...string) (contentType, body string) {
	var b strings.Builder
	w := multipart.NewWriter(&b)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		var err error
		if file, ok := strings.CutPrefix(name, "file:"); ok {
			part, _ := w.CreateFormFile(file, "name.txt")
			_, err = io.WriteString(part, value)
		} else {
			err = w.WriteField(name, value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	return w.FormDataContentType(), b.String()
}

func TestField(t *testing.T) {
	multi, body := parts(t, "file:f=not it", "a=1", "f=value")
	multiLarge, largeBody := parts(t, "a="+strings.Repeat("x", Limit), "f=value")
	multiCut, cutBody := parts(t, "a="+strings.Repeat("x", Limit-300), "f="+strings.Repeat("y", 1000))
	multiFile, fileBody := parts(t, "file:f=value")
	for _, c := range []struct {
		name, contentType, body string
		want                    string
		ok                      bool
	}{
		{"urlencoded", urlencoded, "a=1&f=v%20a+l&f=2", "v a l", true},
		{"first of all", urlencoded + "; charset=utf-8", "f=v", "v", true},
		{"upper case", "Application/X-WWW-Form-urlencoded", "f=v", "v", true},
		{"escaped name", urlencoded, "%66=v", "v", true},
		{"without a value", urlencoded, "f", "", true},
		{"none", urlencoded, "a=1&ff=2&=3&&", "", false},
		{"broken escape", urlencoded, "f=%zz", "", false},
		{"empty", urlencoded, "", "", false},
		{"not too long", urlencoded, "f=" + strings.Repeat("v", maxValue-2), strings.Repeat("v", maxValue-2), true},
		{"too long", urlencoded, "f=" + strings.Repeat("v", maxValue-1), "", false},
		{"within the limit", urlencoded, "a=" + strings.Repeat("x", Limit-5-2) + "&f=", "", true},
		{"at the limit, where more may follow", urlencoded, "a=" + strings.Repeat("x", Limit-6) + "&f=v", "", false},
		{"before the limit", urlencoded, "f=v&a=" + strings.Repeat("x", 2*Limit), "v", true},
		{"multipart", multi, body, "value", true},
		{"multipart, behind the limit", multiLarge, largeBody, "", false},
		{"multipart, cut by the limit", multiCut, cutBody, "", false},
		{"multipart, a file", multiFile, fileBody, "", false},
		{"multipart without a boundary", "multipart/form-data", body, "", false},
		{"json", "application/json", `{"f":"v"}`, "", false},
		{"no type", "", "f=v", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := gatewaytest.Do(gateway.HandlerFunc(func(x *gateway.Exchange) error {
				value, ok, err := Field(x, "f")
				if value != c.want || ok != c.ok || err != nil {
					t.Errorf("%.50q, %v, %v", value, ok, err)
				}
				all, err := io.ReadAll(x) // the handler sees all of it
				x.Response.Body = all
				return err
			}), gatewaytest.Request{Method: "POST", Header: gateway.Header{{Name: "Content-Type", Value: c.contentType}}, Body: []byte(c.body)})
			if !bytes.Equal(res.Body, []byte(c.body)) {
				t.Errorf("the handler read %d bytes of %d", len(res.Body), len(c.body))
			}
		})
	}
}

func TestFieldReportsAClientThatHasGone(t *testing.T) {
	gatewaytest.Do(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		if _, _, err := Field(x, "f"); !errors.Is(err, gateway.ErrGone) {
			t.Errorf("%v", err)
		}
		return nil
	}), gatewaytest.Request{Method: "POST", Header: gateway.Header{{Name: "Content-Type", Value: urlencoded}}, Stream: strings.NewReader("f=v"), Length: 10})
}

func FuzzField(f *testing.F) {
	multi, body := parts(&testing.T{}, "a=1", "f=value")
	f.Add(urlencoded, []byte("a=1&f=v%20a+l"))
	f.Add(multi, []byte(body))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		if !gateway.ValidValue(contentType) {
			return
		}
		res := gatewaytest.Do(gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if _, _, err := Field(x, "f"); err != nil {
				return err
			}
			all, err := io.ReadAll(x)
			x.Response.Body = all
			return err
		}), gatewaytest.Request{Method: "POST", Header: gateway.Header{{Name: "Content-Type", Value: contentType}}, Body: body})
		if res.Status != 200 || !bytes.Equal(res.Body, body) {
			t.Fatalf("%d, %d bytes of %d", res.Status, len(res.Body), len(body))
		}
	})
}
