package dewar

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The README and the pages below docs/ are followed here as a reader follows them: the
// blocks of a page from top to bottom, in one folder that is empty at first and beside
// a clone of the repository. A comment on the line before a block says what it is:
//
//	<!-- file: notes/main.go -->      the block is that file of the reader's, and is written there
//	<!-- from: examples/api/app.go --> the block is that file of the repository, or a part of it
//	<!-- serves -->                   the block's command serves until the page is read
//	<!-- not run: why -->             the block cannot be run, for that reason
//
// Without one, a block of sh is run and must succeed, and the block of output behind it
// is what it prints.
const fence = "```"

// pages are the README and all pages.
func pages(t *testing.T) []string {
	t.Helper()
	list := []string{"README.md"}
	err := filepath.WalkDir("docs", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(name, ".md") {
			list = append(list, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// A block is a fenced part of a page.
type block struct {
	place    string // page and line
	language string
	marker   string // in the comment before it: file, from, serves or not run; "" where there is none
	argument string // behind the marker's colon
	text     string
}

var marking = regexp.MustCompile(`^<!-- (file|from|not run): (.+) -->$|^<!-- (serves) -->$`)

// blocksOf reads a page's blocks.
func blocksOf(t *testing.T, page string) (blocks []block) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for i := 0; i < len(lines); i++ {
		language, ok := strings.CutPrefix(lines[i], fence)
		if !ok {
			continue
		}
		b := block{place: fmt.Sprintf("%s:%d", page, i+1), language: language}
		if i > 0 {
			if m := marking.FindStringSubmatch(lines[i-1]); m != nil {
				b.marker, b.argument = m[1]+m[3], m[2]
			} else if strings.HasPrefix(lines[i-1], "<!--") {
				t.Errorf("%s: the comment %s marks nothing", b.place, lines[i-1])
			}
		}
		from := i + 1
		for i++; i < len(lines) && lines[i] != fence; i++ {
		}
		b.text = strings.Join(lines[from:min(i, len(lines))], "\n") + "\n"
		blocks = append(blocks, b)
	}
	return blocks
}

// TestDocsBlocks holds what is shown of the repository equal to it, and every block to
// being checked by somebody.
func TestDocsBlocks(t *testing.T) {
	for _, page := range pages(t) {
		blocks := blocksOf(t, page)
		for i, b := range blocks {
			switch b.marker {
			case "from":
				file, err := os.ReadFile(b.argument)
				if err != nil {
					t.Errorf("%s: %v", b.place, err)
				} else if !strings.Contains("\n"+string(file), "\n"+b.text) {
					t.Errorf("%s is not what %s says", b.place, b.argument)
				}
			case "not run":
				if strings.Count(b.argument, " ") < 3 {
					t.Errorf("%s: %q is no reason", b.place, b.argument)
				}
			case "":
				before := ""
				if i > 0 {
					before = blocks[i-1].language
				}
				if !isChecked(page, b.language, before) {
					t.Errorf("%s: a block of %q that nobody checks; say by a comment what it is", b.place, b.language)
				}
			}
		}
	}
}

// isChecked reports whether some test looks at an unmarked block of that language,
// behind one of another.
func isChecked(page, language, before string) bool {
	if page == "docs/templates.md" { // package templates renders it
		return true
	}
	switch language {
	case "sh":
		return true
	case "go":
		return slices.Contains(compiled, strings.TrimSuffix(strings.TrimPrefix(page, "docs/"), ".md"))
	case "output":
		return before == "sh"
	}
	return false
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
	code    = regexp.MustCompile("(?ms)^```.*?^```$|`[^`\n]+`")
)

// TestDocsLinks follows every link within the repository, to its heading.
func TestDocsLinks(t *testing.T) {
	for _, page := range append(pages(t), "CONTRIBUTING.md", "gateway/SPEC.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(string(text), ""), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			name := page
			if target != "" {
				name = filepath.Join(filepath.Dir(page), target)
			}
			if _, err := os.Stat(name); err != nil {
				t.Errorf("%s: the link %s leads nowhere: %v", page, m[1], err)
				continue
			}
			if anchor != "" && !slices.Contains(anchors(t, name), anchor) {
				t.Errorf("%s: %s has no heading #%s", page, name, anchor)
			}
		}
	}
}

// anchors are what GitHub makes of a page's headings.
func anchors(t *testing.T, page string) (list []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(string(text), ""), -1) {
		plain := regexp.MustCompile(`[^a-z0-9_ -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		list = append(list, strings.ReplaceAll(plain, " ", "-"))
	}
	return list
}

// TestDocsIndex looks for every page in the index of its folder.
func TestDocsIndex(t *testing.T) {
	for _, page := range pages(t) {
		folder := filepath.ToSlash(filepath.Dir(page))
		name := filepath.Base(page)
		if folder == "." || name == "README.md" {
			continue
		}
		index, err := os.ReadFile(filepath.Join(folder, "README.md"))
		if err != nil {
			t.Errorf("%s has no README.md that lists %s", folder, name)
		} else if !strings.Contains(string(index), "]("+name) {
			t.Errorf("%s/README.md does not name %s", folder, name)
		}
	}
}
