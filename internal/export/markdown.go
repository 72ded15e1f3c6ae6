package export

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Markdown writes c for people: the turns under a heading each, then every
// highlight with the comments on it, then responses and notes. What people
// wrote stays as they wrote it; names, tags and quotes are escaped.
func Markdown(c Conversation) []byte {
	w := &markdown{comments: threads(c)}
	w.line("# %s", plain(c.Title))
	w.about(c)
	for i, turn := range c.Turns {
		w.line("## %s", heading(i, turn))
		w.block("", turn.Markdown)
	}
	w.marginalia(c)
	for _, r := range c.Responses {
		if strings.TrimSpace(r.Markdown) == "" {
			continue
		}
		if r.By == "" {
			w.line("# Response together")
		} else {
			w.line("# Response of %s", plain(r.By))
		}
		w.block("", r.Markdown)
	}
	if strings.TrimSpace(c.Notes) != "" {
		w.line("# Notes")
		w.block("", c.Notes)
	}
	return append(bytes.TrimRight(w.out.Bytes(), "\n"), '\n')
}

type markdown struct {
	out      bytes.Buffer
	comments map[string][]Comment // by what they are about or answer, see threads
}

// line writes a paragraph of one line.
func (w *markdown) line(format string, args ...any) { fmt.Fprintf(&w.out, format+"\n\n", args...) }

// block writes text with every line but blank ones indented.
func (w *markdown) block(indent, text string) {
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		if strings.TrimSpace(line) != "" {
			w.out.WriteString(indent + line)
		}
		w.out.WriteByte('\n')
	}
	w.out.WriteByte('\n')
}

func (w *markdown) about(c Conversation) {
	var facts []string
	for _, fact := range []struct{ label, value string }{{"", c.Class}, {"added by ", c.Owner}, {"from ", c.Source}} {
		if fact.value != "" {
			facts = append(facts, fact.label+plain(fact.value))
		}
	}
	if !c.ExportedAt.IsZero() {
		facts = append(facts, "exported "+day(c.ExportedAt))
	}
	if len(facts) > 0 {
		w.line("%s", strings.Join(facts, " · "))
	}
}

// heading names a turn so that it can be read back: 2. Assistant (ChatGPT, gpt-5).
func heading(i int, t Turn) string {
	label := map[string]string{"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool result"}[t.Role]
	switch {
	case t.Kind == "thinking":
		label = "Thinking"
	case t.Kind == "tool" && t.Role == "assistant":
		label = "Tool call"
	case label == "":
		label = "User"
	}
	names := slices.DeleteFunc([]string{plain(t.Speaker), plain(t.Model)}, func(s string) bool { return s == "" })
	if names = slices.Compact(names); len(names) > 0 {
		label += " (" + strings.Join(names, ", ") + ")"
	}
	return fmt.Sprintf("%d. %s", i+1, label)
}

// marginalia lists the highlights turn by turn, with what was said about them
// and about the turn itself.
func (w *markdown) marginalia(c Conversation) {
	if len(c.Highlights)+len(c.Comments) == 0 {
		return
	}
	w.line("---")
	w.line("# Highlights and comments")
	in := map[string][]Highlight{}
	for _, turn := range c.Turns {
		in[turn.ID] = []Highlight{}
	}
	var lost []Highlight
	for _, h := range c.Highlights {
		if _, known := in[h.Turn]; known && h.Turn != "" {
			in[h.Turn] = append(in[h.Turn], h)
		} else {
			lost = append(lost, h)
		}
	}
	for i, turn := range c.Turns {
		if turn.ID != "" { // nothing can point at text before any turn
			w.section("Turn "+heading(i, turn), turn.ID, in[turn.ID])
		}
	}
	w.section("On deleted text", nowhere, lost)
}

func (w *markdown) section(title, turn string, highlights []Highlight) {
	if len(highlights)+len(w.comments[turn]) == 0 {
		return
	}
	w.line("## %s", title)
	for _, h := range highlights {
		var tags []string
		for _, tag := range h.Tags {
			tags = append(tags, "*"+plain(tag)+"*")
		}
		w.block("", "- “"+plain(h.Quote)+"”"+dash(strings.Join(tags, ", "))+dash(signed(h.By, h.At.IsZero(), day(h.At))))
		w.replies("  ", h.ID)
	}
	w.replies("", turn)
}

func dash(s string) string {
	if s == "" {
		return ""
	}
	return " — " + s
}

func signed(by string, undated bool, when string) string {
	by = plain(by)
	switch {
	case undated:
		return by
	case by == "":
		return when
	}
	return by + ", " + when
}

// maxIndent bounds how deep replies are indented; deeper ones stay at that depth.
const maxIndent = 12

// replies writes the comments on target, each with its own replies below it.
func (w *markdown) replies(indent, target string) {
	for _, c := range w.comments[target] {
		if c.Deleted && len(w.comments[c.ID]) == 0 {
			continue
		}
		body := c.Body
		if c.Deleted {
			body = "*deleted*"
		}
		intro := "- **" + plain(c.By) + "**" + when(c) + ":"
		if body = strings.Trim(body, "\n"); strings.Contains(body, "\n") {
			w.block(indent, intro)
			w.block(indent+"  ", body)
		} else {
			w.block(indent, intro+" "+strings.TrimSpace(body))
		}
		if marks := c.marks(); marks != "" {
			w.block(indent+"  ", marks)
		}
		deeper := indent + "  "
		if len(deeper) > maxIndent {
			deeper = indent
		}
		w.replies(deeper, c.ID)
	}
}

func when(c Comment) string {
	if c.At.IsZero() {
		return ""
	}
	return ", " + day(c.At)
}

// marks are the reactions to a comment and whether it is settled.
func (c Comment) marks() string {
	var marks []string
	for _, emoji := range slices.Sorted(maps.Keys(c.Reactions)) {
		marks = append(marks, fmt.Sprintf("%s %d", plain(emoji), len(c.Reactions[emoji])))
	}
	if c.ResolvedBy != "" {
		marks = append(marks, "resolved by "+plain(c.ResolvedBy))
	}
	return strings.Join(marks, " · ")
}

// plain writes s as words in one line of Markdown.
func plain(s string) string { return escaper.Replace(strings.Join(strings.Fields(s), " ")) }

var escaper = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "#", `\#`, "|", `\|`, "~", `\~`, "&", `\&`)
