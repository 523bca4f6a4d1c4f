package semantics

import (
	"strconv"
	"strings"
	"time"
)

// dateLayout is the IMF-fixdate (RFC 9110 §5.6.7).
const dateLayout = "Mon, 02 Jan 2006 15:04:05 GMT"

// FormatDate writes a time as HTTP does: Sun, 06 Nov 1994 08:49:37 GMT (RFC 9110
// §5.6.7).
func FormatDate(t time.Time) string { return t.UTC().Format(dateLayout) }

// ParseDate reads the three forms of RFC 9110 §5.6.7, and what else clients send:
// numeric zones, dashes, two-digit years in any form, no seconds, a wrong day of the
// week. It is false for anything else. The result is in UTC.
func ParseDate(s string) (time.Time, bool) {
	if len(s) == len(dateLayout) { // nearly always
		if t, err := time.Parse(dateLayout, s); err == nil {
			return t.UTC(), true
		}
	}
	var words [6]string
	n := 0
	for word := range strings.FieldsSeq(dropWeekday(s)) {
		if n == len(words) {
			return time.Time{}, false
		}
		words[n] = word
		n++
	}
	if day := words[0]; n == 3 && strings.Count(day, "-") == 2 { // 06-Nov-94 (obs-date)
		date := strings.SplitN(day, "-", 3)
		return buildDate(date[2], date[1], date[0], words[1], words[2])
	}
	switch {
	case n == 5: // IMF-fixdate
		return buildDate(words[2], words[1], words[0], words[3], words[4])
	case n == 4 && monthOf(words[0]) > 0: // asctime
		return buildDate(words[3], words[0], words[1], words[2], "GMT")
	}
	return time.Time{}, false
}

// dropWeekday leaves out the name of the day, with its comma.
func dropWeekday(s string) string {
	if _, rest, found := strings.Cut(s, ","); found {
		return rest
	}
	word, rest, _ := strings.Cut(strings.TrimLeft(s, " "), " ")
	for _, day := range [...]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		if strings.ToLower(word) == day {
			return rest
		}
	}
	return s
}

func buildDate(year, month, day, clock, zone string) (time.Time, bool) {
	y, errYear := strconv.Atoi(year)
	d, errDay := strconv.Atoi(day)
	m := monthOf(month)
	h, min, s, ok := parseClock(clock)
	offset, known := zoneOf(zone)
	if errYear != nil || errDay != nil || m == 0 || !ok || !known || y < 0 || d < 1 {
		return time.Time{}, false
	}
	switch { // RFC 9110 §5.6.7 asks for the last century where it would be 50 years ahead
	case y < 69:
		y += 2000
	case y < 100:
		y += 1900
	}
	t := time.Date(y, m, d, h, min, s, 0, time.UTC)
	if t.Day() != d || y > 9999 {
		return time.Time{}, false
	}
	return t.Add(-offset), true
}

func monthOf(s string) time.Month {
	if len(s) != 3 {
		return 0
	}
	const months = "janfebmaraprmayjunjulaugsepoctnovdec"
	i := strings.Index(months, strings.ToLower(s))
	if i < 0 || i%3 != 0 {
		return 0
	}
	return time.Month(i/3 + 1)
}

func parseClock(s string) (h, m, sec int, ok bool) {
	var n [3]int
	i := 0
	for part := range strings.SplitSeq(s, ":") {
		v, err := strconv.ParseUint(part, 10, 8)
		if err != nil || i == 3 || len(part) > 2 {
			return 0, 0, 0, false
		}
		n[i] = int(v)
		i++
	}
	// A leap second is :60, which time counts into the next minute.
	return n[0], n[1], n[2], i >= 2 && n[0] < 24 && n[1] < 60 && n[2] <= 60
}

func zoneOf(s string) (time.Duration, bool) {
	switch strings.ToUpper(s) {
	case "GMT", "UTC", "UT", "Z":
		return 0, true
	}
	if len(s) != 5 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[1:], 10, 16)
	if err != nil || n%100 > 59 || n > 2359 {
		return 0, false
	}
	offset := time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, true
}
