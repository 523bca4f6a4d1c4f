package proc

import (
	"testing"
	"time"
)

func TestParseStatWithParenthesesInTheCommand(t *testing.T) {
	const line = "4242 (a) (b c) S 17 4242 4242 0 -1 4194560 100 200 3 4 150 25 10 5 20 0 8 0 12345 0 0\n"
	got, err := parseStat(line)
	if err != nil {
		t.Fatal(err)
	}
	want := stat{
		parent:   17,
		own:      Usage{Total: 1750 * time.Millisecond, System: 250 * time.Millisecond},
		children: Usage{Total: 150 * time.Millisecond, System: 50 * time.Millisecond},
	}
	if got != want {
		t.Errorf("parseStat = %+v, want %+v", got, want)
	}
	for _, line := range []string{"", "1 (init", "1 (init) S 0 1"} {
		if _, err := parseStat(line); err == nil {
			t.Errorf("parseStat(%q) took a line that is too short", line)
		}
	}
}

func TestParseKilobytes(t *testing.T) {
	const text = "55d0-7ffd ---p 00000000 00:00 0 [rollup]\nRss:     9000 kB\nPss:     4096 kB\nPss_Anon: 1 kB\n"
	if got, err := parseKilobytes(text, "Pss"); err != nil || got != 4<<20 {
		t.Errorf("parseKilobytes = %d, %v; want 4 MiB", got, err)
	}
	if _, err := parseKilobytes(text, "Swap"); err == nil {
		t.Error("parseKilobytes found a line that is not there")
	}
}
