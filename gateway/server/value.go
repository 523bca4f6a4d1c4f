package server

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A value is how a setting is read from text and shown as text; "" is a zero, for which
// the documented default stands.
type value struct {
	kind kind
	get  func(*Settings) string
	set  func(*Settings, string) error
}

// A kind is what text a setting takes.
type kind string

const (
	textual  kind = "text"
	temporal kind = "duration"
	numeric  kind = "number"
	boolean  kind = "true or false"
	networks kind = "prefixes"
	chosen   kind = "word"
)

func custom(get func(*Settings) string, set func(*Settings, string) error) value {
	return value{textual, get, set}
}

func words(at func(*Settings) *string) value {
	return custom(func(s *Settings) string { return *at(s) }, func(s *Settings, text string) error {
		*at(s) = text
		return nil
	})
}

// duration takes a time with its unit, or none, which is no limit.
func duration(at func(*Settings) *time.Duration) value {
	return value{temporal, func(s *Settings) string {
		switch d := *at(s); {
		case d == 0:
			return ""
		case d < 0:
			return "none"
		default:
			return d.String()
		}
	}, func(s *Settings, text string) error {
		if text == "none" {
			*at(s) = -1
			return nil
		}
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return errors.New("want a duration with its unit, such as 30s or 1m30s, or none")
		}
		*at(s) = d
		return nil
	}}
}

// A unit is a power of 1024.
type unit struct {
	name string
	size int64
}

var units = []unit{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}}

// count takes a number.
func count[T int | int64](at func(*Settings) *T) value { return counted(at, units[len(units)-1:]) }

// size takes a number of bytes, with a binary unit or without.
func size[T int | int64](at func(*Settings) *T) value { return counted(at, units) }

func counted[T int | int64](at func(*Settings) *T, units []unit) value {
	return value{numeric, func(s *Settings) string {
		n := int64(*at(s))
		if n == 0 {
			return ""
		}
		u := units[slices.IndexFunc(units, func(u unit) bool { return n%u.size == 0 })]
		return strconv.FormatInt(n/u.size, 10) + u.name
	}, func(s *Settings, text string) error {
		u := units[slices.IndexFunc(units, func(u unit) bool { return strings.HasSuffix(text, u.name) })]
		n, err := strconv.ParseInt(strings.TrimSuffix(text, u.name), 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/u.size || int64(T(n*u.size)) != n*u.size {
			return errors.New("want a number, such as 100, or 64KiB where bytes are counted")
		}
		*at(s) = T(n * u.size)
		return nil
	}}
}

func yes(at func(*Settings) *bool) value {
	return value{boolean, func(s *Settings) string {
		if *at(s) {
			return "true"
		}
		return ""
	}, func(s *Settings, text string) (err error) {
		if *at(s), err = strconv.ParseBool(text); err != nil {
			return errors.New("want true or false")
		}
		return nil
	}}
}

// prefixes takes networks, or single addresses, separated by commas.
func prefixes(at func(*Settings) *[]netip.Prefix) value {
	return value{networks, func(s *Settings) string {
		var texts []string
		for _, p := range *at(s) {
			texts = append(texts, p.String())
		}
		return strings.Join(texts, ",")
	}, func(s *Settings, text string) error {
		if *at(s) = nil; text == "" {
			return nil
		}
		var all []netip.Prefix
		for _, word := range split(text) {
			p, err := netip.ParsePrefix(word)
			if a, failed := netip.ParseAddr(word); failed == nil {
				p, err = netip.PrefixFrom(a, a.BitLen()), nil
			}
			if err != nil {
				return fmt.Errorf("want networks such as 10.0.0.0/8 or addresses, and %q is none", word)
			}
			all = append(all, p.Masked())
		}
		*at(s) = all
		return nil
	}}
}

func choice[T comparable](at func(*Settings) *T, words map[string]T) value {
	return value{chosen, func(s *Settings) string {
		var zero T
		for word, v := range words {
			if v == *at(s) && v != zero {
				return word
			}
		}
		return ""
	}, func(s *Settings, text string) error {
		v, ok := words[text]
		if !ok {
			var known []string
			for word := range words {
				known = append(known, word)
			}
			slices.Sort(known)
			return fmt.Errorf("want one of %s", strings.Join(known, ", "))
		}
		*at(s) = v
		return nil
	}}
}

// pairs takes one half of every certificate.
func pairs(half func(*KeyPair) *string) value {
	return custom(func(s *Settings) string {
		var files []string
		for i := range s.Files.Pairs {
			files = append(files, *half(&s.Files.Pairs[i]))
		}
		return strings.Join(files, ",")
	}, func(s *Settings, text string) error {
		files := split(text)
		if n := len(s.Files.Pairs); n > len(files) && *half(&s.Files.Pairs[len(files)]) != "" {
			s.Files.Pairs = s.Files.Pairs[:len(files)] // what was set before had more
		}
		for i, file := range files {
			if i == len(s.Files.Pairs) {
				s.Files.Pairs = append(s.Files.Pairs, KeyPair{})
			}
			*half(&s.Files.Pairs[i]) = file
		}
		return nil
	})
}

// split parts a list at its commas. It has at least one element.
func split(text string) []string {
	parts := strings.Split(text, ",")
	for i, part := range parts {
		parts[i] = strings.TrimSpace(part)
	}
	return parts
}

// one is a list of s, empty where s is.
func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}
