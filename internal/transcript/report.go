package transcript

import (
	"fmt"
	"strings"
)

// report collects what one Parse left out and what it is unsure of.
type report struct {
	warnings []Warning
	counts   map[string]int
	order    []string // sorts of dropped things as first met
}

func newReport() *report {
	return &report{warnings: []Warning{}, counts: map[string]int{}}
}

func (r *report) warn(code, format string, args ...any) {
	r.warnings = append(r.warnings, Warning{Code: code, Message: fmt.Sprintf(format, args...)})
}

func (r *report) drop(what string, n int) {
	if n == 0 {
		return
	}
	if r.counts[what] == 0 {
		r.order = append(r.order, what)
	}
	r.counts[what] += n
}

func (r *report) dropped() []Dropped {
	list := make([]Dropped, 0, len(r.order))
	for _, what := range r.order {
		list = append(list, Dropped{What: what, Count: r.counts[what]})
	}
	return list
}

// add takes over what another report of the same Parse holds.
func (r *report) add(other *report) {
	r.warnings = append(r.warnings, other.warnings...)
	for _, what := range other.order {
		r.drop(what, other.counts[what])
	}
}

// turnMark begins every turn inside a conversation's Doc, so no text may hold
// it. Being absent from repaired text, it also serves to quote raw Markdown
// through the HTML converter (markdown.go).
const turnMark = '\x1e'

// repair makes s valid UTF-8 with line feeds only, without NUL (databases
// refuse it), a byte order mark or turnMark. Everything else is kept.
func (r *report) repair(s string) string {
	if valid := strings.ToValidUTF8(s, "\uFFFD"); valid != s {
		r.drop("broken characters", 1+strings.Count(valid, "\uFFFD")-strings.Count(s, "\uFFFD"))
		s = valid
	}
	s = strings.TrimPrefix(s, "\uFEFF")
	r.drop("control characters", strings.Count(s, "\x00")+strings.Count(s, string(turnMark)))
	return repairer.Replace(s)
}

var repairer = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "", string(turnMark), "")

// plural writes a count with its noun: 1 turn, 2 turns.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
