package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// WriteSection replaces the section of a Markdown file that stands under the
// heading, from the line "## heading" to the next of that level, and adds it at
// the end if there is none. It makes the file if that is missing.
func WriteSection(path, heading, body string) error {
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("report: %w", err)
	}
	text := string(b)
	if text == "" {
		text = "# Benchmarks\n"
	}
	if err := os.WriteFile(path, []byte(replaceSection(text, heading, body)), 0o644); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func replaceSection(text, heading, body string) string {
	const level = "\n## "
	section := level + heading + "\n\n" + strings.TrimSpace(body) + "\n"
	before, after, found := strings.Cut(text, level+heading+"\n")
	if !found {
		return strings.TrimRight(text, "\n") + "\n" + section
	}
	rest := ""
	if i := strings.Index("\n"+after, level); i >= 0 {
		rest = ("\n" + after)[i:]
	}
	return strings.TrimRight(before, "\n") + "\n" + section + rest
}
