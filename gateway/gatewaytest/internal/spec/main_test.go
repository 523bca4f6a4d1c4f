package main

import (
	"bytes"
	"go/ast"
	"go/token"
	"os"
	"strings"
	"testing"
)

func TestSpecIsNotStale(t *testing.T) {
	want, err := generate("../..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("gateway/SPEC.md is stale: run go generate in gateway/gatewaytest")
	}
}

func TestSpecHasNoSentenceTwice(t *testing.T) {
	all, err := sentences("../..")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]sentence{}
	for _, s := range all {
		if before, ok := seen[s.text]; ok {
			t.Errorf("%v repeats %v: %s", s.at, before.at, s.text)
		}
		seen[s.text] = s
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"// a comment":              "",
		"//spec:server A rule.":     "server: A rule.",
		"//spec:application B (c).": "application: B (c).",
		"//spec:nobody A rule.":     `no section "nobody"`,
		"//spec:server A rule":      "does not end with a full stop",
		"//spec:server":             "does not end with a full stop",
	} {
		s, ok, err := parse(&ast.Comment{Text: text}, token.Position{})
		switch {
		case err != nil:
			if want == "" || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %q", text, err, want)
			}
		case ok && s.section+": "+s.text != want, !ok && want != "":
			t.Errorf("%q: %+v, want %q", text, s, want)
		}
	}
}
