package transcript

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// found is what one way of reading gave.
type found struct {
	source, label string
	title         string // as the source names the conversation; may be empty
	turns         []Turn
	turnEnds      bool // the next words begin a turn, whoever says them
}

// form is how a label stands in its line. A transcript keeps to one form;
// labels in another form belong to what is said.
type form int

const (
	colonForm   form = iota // User: hello
	boldForm                // **User:** hello, **User**
	headingForm             // ## User
	bracketForm             // [User] hello, <user>, --- User ---
	bareForm                // You said
	forms
)

var shapes = [forms]pattern{
	colonForm:   lazily(`^ {0,3}(?:\[[\d:., /-]+(?:[AaPp][Mm])?\] ?)?([^\s:：*#>|\-+\x60][^:：]{0,60}?(?:\(\d{1,2}:\d{2}[^)]*\))?) ?[:：](.*)$`),
	boldForm:    lazily(`^ {0,3}(?:\*\*|__)([^*_]{1,60}?)(?:[:：] ?(?:\*\*|__)|(?:\*\*|__) ?[:：]|(?:\*\*|__)[ \t]*$)[ \t]*(.*)$`),
	headingForm: lazily(`^ {0,3}#{1,6}[ \t]+(?:\*\*|__)?([^*_]{1,60}?)[:：]?(?:\*\*|__)?[:：]?[ \t]*#*()$`),
	bracketForm: lazily(`^ {0,3}(?:\[|<\|?|[-=]{2,} ?)([\pL][^\[\]<>|=]{0,40}?)(?:\]|\|?>| ?[-=]{2,})[:：]?[ \t]*(.*)$`),
	bareForm:    lazily(`^([^:：]{1,40}?)()$`),
}

// possible is a quick look before the regular expression.
func (f form) possible(line string) bool {
	head := strings.TrimLeft(clip(line, 8), " ")
	if head == "" {
		return false
	}
	switch f {
	case headingForm:
		return head[0] == '#' && len(line) < 200
	case boldForm:
		return strings.HasPrefix(head, "**") || strings.HasPrefix(head, "__")
	case colonForm:
		return strings.ContainsAny(clip(line, 200), ":：")
	case bracketForm:
		return strings.IndexByte("[<-=", head[0]) >= 0
	}
	return len(line) < 100 && unicode.IsLetter(firstRune(head))
}

// cue is a line that opens a turn.
type cue struct {
	line  int
	who   speaker
	trust trust
	rest  string // what is said in the same line, untrimmed
}

// bySpeakers cuts text at the lines that name who speaks. It reports false
// when the text does not read like a transcript.
func bySpeakers(text string, r *report) (found, bool) {
	lines := strings.Split(text, "\n")
	quoted := fenced(lines)
	for _, f := range []form{headingForm, boldForm, colonForm, bracketForm, bareForm} {
		cues := convincing(cuesIn(lines, quoted, f), lines)
		if cues == nil {
			continue
		}
		out := found{source: "text", label: "Text with speakers"}
		if f == headingForm || f == boldForm {
			out.source, out.label = "markdown", "Markdown with speakers"
		}
		out.title, out.turns = cut(lines, cues, r)
		if len(out.turns) > 0 {
			return out, true
		}
	}
	return found{}, false
}

func cuesIn(lines []string, quoted []bool, f form) []cue {
	var cues []cue
	for i, line := range lines {
		if quoted[i] || !f.possible(line) {
			continue
		}
		m := shapes[f]().FindStringSubmatch(clip(line, 4096))
		if m == nil {
			continue
		}
		who, trust := readLabel(m[1])
		rest := m[2]
		if trust == noLabel || trust < sureLabel && (f == bareForm || glued(line, rest)) {
			continue
		}
		if len(line) > 4096 {
			rest += line[len(clip(line, 4096)):]
		}
		cues = append(cues, cue{i, who, trust, rest})
	}
	return cues
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// glued reports whether rest follows a colon without a space: 10:30, std::list.
func glued(line, rest string) bool {
	before := strings.TrimSuffix(clip(line, 4096), rest)
	return rest != "" && rest[0] != ' ' && rest[0] != '\t' && strings.HasSuffix(before, ":")
}

// convincing keeps the cues that make the text a transcript, or nothing.
// Sure labels of two sides are enough; otherwise weak ones count too; otherwise
// names, if the text opens with one and somebody speaks again.
func convincing(cues []cue, lines []string) []cue {
	for _, least := range []trust{sureLabel, weakLabel} {
		kept := slices.DeleteFunc(slices.Clone(cues), func(c cue) bool { return c.trust < least })
		if sides(kept) >= 2 {
			return kept
		}
	}
	if len(cues) < 2 || !opens(cues[0], lines) {
		return nil
	}
	voices, known, again := map[string]int{}, false, false
	for _, c := range cues {
		key := string(c.who.role) + "\x00" + c.who.name
		voices[key]++
		known = known || c.trust > nameLabel
		again = again || voices[key] > 1
	}
	if len(voices) < 2 || len(voices) > 30 || !known && (!again || len(cues) < 2*len(voices)-1) {
		return nil
	}
	return cues
}

// sides counts the roles that speak or think aloud.
func sides(cues []cue) int {
	roles := map[Role]bool{}
	for _, c := range cues {
		roles[c.who.role] = true
	}
	return len(roles)
}

// opens reports whether nothing but a heading stands before c.
func opens(c cue, lines []string) bool {
	for _, line := range lines[:c.line] {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return false
		}
	}
	return true
}

// cut makes a turn of each stretch between cues. A heading before the first
// is the title; other words there become a system turn.
func cut(lines []string, cues []cue, r *report) (title string, turns []Turn) {
	before := strings.TrimSpace(strings.Join(lines[:cues[0].line], "\n"))
	if heading, ok := strings.CutPrefix(before, "# "); ok {
		title, before, _ = strings.Cut(heading, "\n")
		title = firstLine(title)
	}
	if before = strings.TrimSpace(before); before != "" {
		r.warn("before_first_speaker", "Some text stands before the first speaker. It became a turn of its own.")
		turns = append(turns, Turn{Role: System, Kind: Message, Markdown: before})
	}
	silent, named := 0, false
	for i, c := range cues {
		end := len(lines)
		if i+1 < len(cues) {
			end = cues[i+1].line
		}
		body := append([]string{strings.TrimLeft(c.rest, " \t\u00a0")}, lines[c.line+1:end]...)
		markdown := trimLines(strings.Join(body, "\n"))
		if markdown == "" {
			silent++
			continue
		}
		turn := Turn{Role: c.who.role, Speaker: c.who.name, Model: c.who.model, Kind: c.who.kind, Markdown: markdown}
		if turn.Kind == "" {
			turn.Kind = Message
		}
		named = named || c.trust == nameLabel
		turns = append(turns, turn)
	}
	if silent > 0 {
		r.warn("empty_turns", "%s had no text and %s left out.", plural(silent, "turn"), wasWere(silent))
	}
	if named {
		r.warn("roles_guessed", "Some speakers are given by name only. They were taken for people: check who is an AI.")
	}
	return title, turns
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// fenced marks the lines inside closed ``` or ~~~ fences, where nobody speaks.
func fenced(lines []string) []bool {
	inside := make([]bool, len(lines))
	open, fence := -1, ""
	for i, line := range lines {
		line = strings.TrimLeft(line, " \t")
		switch {
		case open < 0 && (strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~")):
			open, fence = i, line[:3]
		case open >= 0 && strings.HasPrefix(line, fence) && strings.Trim(line, fence[:1]+" \t") == "":
			for j := open; j <= i; j++ {
				inside[j] = true
			}
			open = -1
		}
	}
	return inside
}

// trimLines removes blank lines around s and spaces at its end, but not the
// indentation of its first line, which may be code.
func trimLines(s string) string {
	for {
		line, rest, more := strings.Cut(s, "\n")
		if !more || strings.TrimSpace(line) != "" {
			break
		}
		s = rest
	}
	return strings.TrimRight(s, " \t\n\u00a0")
}

// clip cuts s to at most n bytes without breaking a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
