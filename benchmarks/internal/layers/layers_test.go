package layers

import "testing"

// Every peer answers as it should, with its middleware and without, and what is
// compared is there.
func TestAllAnswer(t *testing.T) {
	for _, l := range layers() {
		for name, build := range map[string]func(bool) (func(), error){"dewar": l.askDewar, "echo": l.askEcho, "fiber": l.askFiber} {
			for _, around := range []bool{false, true} {
				if _, err := build(around); err != nil {
					t.Errorf("%s of %s, around %v: %v", l.name, name, around, err)
				}
			}
		}
	}
}
