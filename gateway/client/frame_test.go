package client

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// In RFC 6455's order: frames of a server. want is what is read, or what the complaint
// says.
var frameCases = []struct {
	raw  string
	good bool
	want string
}{
	{"\x81\x05Hello", true, "1 true Hello"}, // §5.7
	{"\x01\x03Hel", true, "1 false Hel"},
	{"\x80\x02lo", true, "0 true lo"},
	{"\x89\x05Hello", true, "9 true Hello"},
	{"\x82\x00", true, "2 true "},
	{"\x82\x7e\x00\x7e" + strings.Repeat("x", 126), true, "2 true " + strings.Repeat("x", 126)},
	{"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00" + strings.Repeat("y", 1<<16), true, "2 true " + strings.Repeat("y", 1<<16)},
	{"\x8a\x7d" + strings.Repeat("p", 125), true, "10 true " + strings.Repeat("p", 125)},
	{"\x91\x01x", false, "reserved bit"},
	{"\xc1\x01x", false, "reserved bit"},
	{"\x83\x01x", false, "reserved opcode 3"},
	{"\x87\x01x", false, "reserved opcode 7"},
	{"\x8b\x01x", false, "reserved opcode 11"},
	{"\x8f\x01x", false, "reserved opcode 15"},
	{"\x81\x81abcdx", false, "RFC 6455 §5.1"},
	{"\x82\x7e\x00\x7d" + strings.Repeat("x", 125), false, "written with 2 bytes"},
	{"\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff", false, "written with 8 bytes"},
	{"\x82\x7f\xff\x00\x00\x00\x00\x01\x00\x00", false, "written with 8 bytes"},
	{"\x09\x01x", false, "RFC 6455 §5.5"},
	{"\x89\x7e\x00\x7e" + strings.Repeat("p", 126), false, "RFC 6455 §5.5"},
	{"", false, "cut off"},
	{"\x81", false, "cut off"},
	{"\x81\x05Hell", false, "cut off"},
	{"\x82\x7e\x00", false, "cut off"},
	{"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", false, "longer than"},
}

func TestFrames(t *testing.T) {
	for _, c := range frameCases {
		ways := map[string]io.Reader{
			"whole":        strings.NewReader(c.raw),
			"byte by byte": iotest.OneByteReader(strings.NewReader(c.raw)),
		}
		if c.good {
			ways["trailing"] = strings.NewReader(c.raw + "\x81")
		}
		for way, r := range ways {
			br := bufio.NewReader(r)
			f, err := readFrame(br, false, maxMessage)
			rest, _ := io.ReadAll(br)
			switch got := fmt.Sprintf("%d %v %s", f.op, f.last, f.payload); {
			case c.good && (err != nil || got != c.want || (len(rest) > 0) != (way == "trailing")):
				t.Errorf("%.20q %s: %.20s, %v, left %q", c.raw, way, got, err, rest)
			case !c.good && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%.20q %s: %v, want a complaint with %q", c.raw, way, err, c.want)
			case !c.good && errors.Is(err, ErrTruncated) != (c.want == "cut off"):
				t.Errorf("%.20q %s: truncated %v", c.raw, way, errors.Is(err, ErrTruncated))
			}
		}
	}
}

// RFC 6455 §5.7: a frame of a client.
func TestMaskedFrame(t *testing.T) {
	raw := []byte("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58")
	f, err := readFrame(bufio.NewReader(bytes.NewReader(raw)), true, maxMessage)
	if err != nil || string(f.payload) != "Hello" {
		t.Errorf("%q, %v", f.payload, err)
	}
	if got := f.append(nil, &[4]byte{0x37, 0xfa, 0x21, 0x3d}); !bytes.Equal(got, raw) {
		t.Errorf("%x, want %x", got, raw)
	}
	if _, err := readFrame(bufio.NewReader(strings.NewReader("\x81\x01x")), true, maxMessage); err == nil {
		t.Error("a client that does not mask is believed")
	}
}

// The limit of a frame, at N and N+1.
func TestFrameLimit(t *testing.T) {
	for n, good := range map[int]bool{300: true, 301: false} {
		raw := frame{true, opBinary, bytes.Repeat([]byte{'x'}, n)}.append(nil, nil)
		if _, err := readFrame(bufio.NewReader(bytes.NewReader(raw)), false, 300); (err == nil) != good {
			t.Errorf("a frame of %d bytes, where 300 may come: %v", n, err)
		}
	}
}

// RFC 6455 §5.5.1, §7.4
func TestCloseFrames(t *testing.T) {
	for payload, want := range map[string]string{
		"": "1005 ", "\x03\xe8bye": "1000 bye", "\x03\xf6": "1014 ", "\x0b\xb8": "3000 ", "\x13\x87": "4999 ",
		"\x03": "half a code", "\x00\x00": "code 0", "\x03\xe7": "code 999", "\x03\xec": "code 1004", "\x03\xed": "code 1005", "\x03\xee": "code 1006", "\x03\xf7": "code 1015",
		"\x0b\xb7": "code 2999", "\x13\x88": "code 5000", "\x03\xe8\xff": "not UTF-8",
	} {
		closed, err := parseClose([]byte(payload))
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprint(closed.Code, " ", closed.Reason)
		}
		if err == nil && got != want || err != nil && !strings.Contains(got, want) {
			t.Errorf("%q: %s, want %s", payload, got, want)
		}
	}
}

// FuzzFrame: a frame that is read is written as it came, however it came, and no larger
// than it may be.
func FuzzFrame(f *testing.F) {
	for _, c := range frameCases {
		f.Add(c.raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		const most = 1 << 17
		read, err := readFrame(bufio.NewReader(strings.NewReader(raw)), false, most)
		again, errAgain := readFrame(bufio.NewReader(iotest.OneByteReader(strings.NewReader(raw))), false, most)
		if (err == nil) != (errAgain == nil) || !bytes.Equal(read.payload, again.payload) {
			t.Fatalf("%q: %v, byte by byte %v", raw, err, errAgain)
		}
		if err != nil {
			return
		}
		if written := read.append(nil, nil); len(read.payload) > most || !strings.HasPrefix(raw, string(written)) {
			t.Fatalf("%q is written as %q", raw, written)
		}
		if read.op == opClose {
			if closed, err := parseClose(read.payload); err == nil && !sendable(closed.Code) && closed.Code != noStatus {
				t.Fatalf("%q has the code %d", raw, closed.Code)
			}
		}
	})
}
