package main

import "testing"

func TestHello(t *testing.T) {
	c := build(Settings{Greeting: "Good day"}).TestClient(t)
	if got := c.Get("/").Follow().Do().Is(200).Text(); got != "Good day, world!\n" {
		t.Errorf("got %q", got)
	}
	if got := c.Get("/hello/Ada%20L.").Do().Is(200).Text(); got != "Good day, Ada L.!\n" {
		t.Errorf("got %q", got)
	}
	c.Get("/nothing").Do().Is(404)
}

func TestHealth(t *testing.T) {
	c := build(Settings{}).TestClient(t)
	c.Get("/livez").Do().Is(200)
	c.Get("/readyz").Do().Is(200)
}

func TestSettings(t *testing.T) {
	t.Setenv("APPNAME_GREETING", "Salut")
	t.Setenv("DEWAR_DEBUG", "1")
	s, err := loadSettings()
	if err != nil || s != (Settings{Debug: true, Greeting: "Salut"}) {
		t.Errorf("%+v, %v", s, err)
	}
}
