package site

import (
	"net/http"
	"testing"
)

func TestRoutesAre200AndDistinct(t *testing.T) {
	routes := Routes()
	if len(routes) != 200 {
		t.Errorf("%d routes, want 200", len(routes))
	}
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.HandleFunc("GET "+r, http.NotFound) // panics on a conflict
	}
}

func TestPatternForms(t *testing.T) {
	const pattern = "/api/orders/{id}/parts/{part}"
	if got, want := Colon(pattern), "/api/orders/:id/parts/:part"; got != want {
		t.Errorf("Colon = %q, want %q", got, want)
	}
	if got, want := Angle(pattern), "/api/orders/<id>/parts/<part>"; got != want {
		t.Errorf("Angle = %q, want %q", got, want)
	}
}
