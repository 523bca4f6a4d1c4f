package routing

import (
	"fmt"
	"strings"
	"testing"
)

// TestChildren looks for every name, and for others that are like them.
func TestChildren(t *testing.T) {
	many := func(n int, format string) (names []string) {
		for i := range n {
			names = append(names, fmt.Sprintf(format, i))
		}
		return names
	}
	for _, test := range []struct {
		name  string
		names []string
		table bool // else a single name, or the map of crowded ones
	}{
		{"none", nil, false},
		{"empty", []string{""}, false},
		{"one", []string{"posts"}, false},
		{"two", []string{"a", "b"}, true},
		{"doc", []string{"pulls", "pages", "hooks", "issues"}, true},
		{"prefixes", []string{"", "a", "aa", "aaa", "aaaa", "aaaab"}, true},
		{"letters", strings.Split("abcdefghijklmnopqrstuvwxyz", ""), true},
		{"numbers", many(200, "r%d"), true},
		{"thousand", many(1000, "%03d"), true},
		{"behind", many(30, strings.Repeat("x", 70)+"%02d"), false}, // the 64 first bytes are equal
	} {
		var c children
		nodes := map[string]*node{}
		for _, name := range test.names {
			nodes[name] = &node{}
			c.add(name, nodes[name])
		}
		for _, settled := range []bool{false, true} {
			find := c.get
			if settled {
				c.settle()
				find = c.find
			}
			for name, n := range nodes {
				if got := find(name); got != n {
					t.Errorf("%s: %q gives %p, want %p", test.name, name, got, n)
				}
				for _, other := range []string{name + "x", "x" + name, strings.ToUpper(name), name[:max(0, len(name)-1)]} {
					if got := find(other); got != nodes[other] {
						t.Errorf("%s: %q gives %p, want %p", test.name, other, got, nodes[other])
					}
				}
			}
		}
		if (c.table != nil) != test.table {
			t.Errorf("%s: a table is %v, want %v", test.name, c.table != nil, test.table)
		}
		if test.table && c.all != nil {
			t.Errorf("%s: the map is still there", test.name)
		}
	}
}

// TestSurvey compares it with one byte after the other, for every place of a byte
// that counts in paths of every length around eight and 64.
func TestSurvey(t *testing.T) {
	check := func(path string) {
		plain, ends := true, uint64(0)
		for i := range len(path) {
			plain = plain && path[i] != '%' && path[i] < 0x80
			if path[i] == '/' && i < 64 {
				ends |= 1 << i
			}
		}
		if len(path) < 64 {
			ends |= 1 << len(path)
		}
		gotPlain, gotEnds := survey(path)
		if gotPlain != plain || plain && gotEnds != ends {
			t.Errorf("%q: %v %b, want %v %b", path, gotPlain, gotEnds, plain, ends)
		}
	}
	for _, length := range []int{0, 1, 7, 8, 9, 15, 16, 17, 56, 63, 64, 65, 71, 72, 73, 80, 130} {
		for _, around := range []byte{'a', '/', '.', '0', '$', '&', 0, 0x7f} {
			path := []byte(strings.Repeat(string(around), length))
			check(string(path))
			for i := range path {
				for _, c := range []byte{'/', '%', '.', '0', '&', 0x7f, 0x80, 0xaf, 0xff} {
					path[i] = c
					check(string(path))
				}
				path[i] = around
			}
		}
	}
}
