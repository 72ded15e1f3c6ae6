package transcript

import (
	"cmp"
	"slices"

	"golang.org/x/net/html"
)

// piece is a part of the page that one side said.
type piece struct {
	who  speaker
	unit *html.Node // the whole turn it was found in; nil if the page marks none
	node *html.Node
}

// reader reads one recognised page.
type reader struct {
	*page
	report *report
	writer *writer
	splits map[*html.Node]bool // true: holds only thoughts; false: an ancestor of such a node
	folded int                 // buttons for thoughts that are not on the page
	pieces []piece
}

func (r *reader) read(tree *html.Node) found {
	r.markThoughts(tree)
	r.collect(tree, nil)
	out := found{source: r.source, label: r.label, turns: r.assemble()}
	for _, where := range []selector{r.title, sel("title")} {
		if out.title == "" {
			out.title = textOf(where.first(tree), 4*MaxTitle)
		}
	}
	return out
}

// markThoughts finds the parts that hold thoughts and all their ancestors, so
// that messages can be split there in one pass.
func (r *reader) markThoughts(tree *html.Node) {
	r.splits = map[*html.Node]bool{}
	for n := range tree.Descendants() {
		holder := n
		switch {
		case r.thinking.matches(n):
		case r.discloses.matches(n):
			holder = n.Parent
		case n.Data == "button" && thoughtLabel().MatchString(textOf(n, 100)) && !r.inThoughts(n):
			r.folded++
			continue
		default:
			continue
		}
		r.splits[holder] = true
		for p := holder.Parent; p != nil; p = p.Parent {
			if _, known := r.splits[p]; known {
				break
			}
			r.splits[p] = false
		}
	}
}

func (r *reader) inThoughts(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if r.splits[n] {
			return true
		}
	}
	return false
}

// collect finds the pieces under n in order and reports how many it found.
// The outermost message wins; a turn without a message inside is one itself.
func (r *reader) collect(n, unit *html.Node) int {
	if r.skip.matches(n) {
		return 0
	}
	role, turn := roleIn(r.messages, n), roleIn(r.turns, n)
	if turn != "" {
		unit = n
	}
	if role != "" {
		if who, ok := r.speaker(n, role); ok {
			return r.split(n, piece{who, unit, n})
		}
		return 0
	}
	count := 0
	for c := range n.ChildNodes() {
		if c.Type == html.ElementNode {
			count += r.collect(c, unit)
		}
	}
	if count == 0 && turn != "" && turn != anySide {
		if who, ok := r.speaker(n, turn); ok {
			count = r.split(n, piece{who, unit, n})
		}
	}
	return count
}

// anySide marks turns whose role only the messages inside tell.
const anySide Role = "any"

func (r *reader) speaker(n *html.Node, role Role) (speaker, bool) {
	who := speaker{role: role, kind: Message}
	if role == Assistant {
		who.name = r.assistant
	}
	if role == Tool {
		who.kind = ToolUse
	}
	if r.who != nil {
		return r.who(n, who)
	}
	return who, true
}

// split separates thoughts from what is said, in order.
func (r *reader) split(n *html.Node, p piece) int {
	p.node = n
	thoughts, marked := r.splits[n]
	if !marked || thoughts {
		if thoughts {
			p.who.kind = Thinking
		}
		r.pieces = append(r.pieces, p)
		return 1
	}
	count := 0
	for c := range n.ChildNodes() {
		count += r.split(c, p)
	}
	return count
}

// assemble writes the pieces and joins those that make one turn: neighbours of
// one speaker, if the page holds them in one turn or the assistant said them.
func (r *reader) assemble() []Turn {
	var (
		turns  []Turn
		last   piece
		known  = map[*html.Node]bool{} // turns of the page that are a gap, or are none though without words
		gaps   gaps
		hidden int
	)
	for _, p := range r.pieces {
		markdown := r.write(p)
		if markdown == "" {
			if p.who.kind == Thinking {
				hidden++
				gaps.remove(p.unit)
				known[p.unit] = true
			} else if p.unit != nil && p.unit != last.unit && !known[p.unit] {
				known[p.unit] = true
				gaps.add(len(turns), p.unit)
			}
			continue
		}
		gaps.remove(p.unit)
		if len(turns) > 0 && last.joins(p) && !gaps.at(len(turns)) {
			turn := &turns[len(turns)-1]
			turn.Markdown += "\n\n" + markdown
			turn.Model = cmp.Or(turn.Model, p.who.model)
		} else {
			turns = append(turns, Turn{p.who.role, p.who.name, p.who.model, p.who.kind, markdown})
		}
		last = p
	}
	if len(turns) == 0 {
		return nil
	}
	if hidden += r.folded; hidden > 0 {
		r.report.warn("thinking_hidden", "The page shows %s that the model thought, but not what it thought: that was folded away when the page was copied.", times(hidden))
	}
	gaps.warn(r.report)
	return turns
}

// joins reports whether next goes on in the same turn: the page holds both in
// one, or the assistant just goes on.
func (p piece) joins(next piece) bool {
	a, b := p.who, next.who
	if a.role != b.role || a.kind != b.kind || a.name != b.name || a.model != b.model && a.model != "" && b.model != "" {
		return false
	}
	return a.role == Assistant || p.unit != nil && p.unit == next.unit
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return plural(n, "time")
}

// write gives a piece's Markdown: its content if the page marks that, else all of it.
func (r *reader) write(p piece) string {
	if p.who.kind == Thinking {
		return r.thoughts(p.node)
	}
	if inner := r.contents(p.node); len(inner) > 0 {
		return r.writer.markdown(inner...)
	}
	return r.writer.markdown(p.node)
}

// contents are the outermost elements under n that hold words or attachments.
func (r *reader) contents(n *html.Node) []*html.Node {
	if r.content == nil || r.content.matches(n) {
		return nil
	}
	var list []*html.Node
	words := false
	for d := n.FirstChild; d != nil; {
		if r.content.matches(d) || r.attachment.matches(d) {
			words = words || r.content.matches(d)
			list = append(list, d)
			d = after(d, n)
		} else if d.FirstChild != nil {
			d = d.FirstChild
		} else {
			d = after(d, n)
		}
	}
	if !words {
		return nil
	}
	return list
}

// thoughts gives what is readable of a thought: its text, else the summary on
// its button, unless that only says that there was a thought.
func (r *reader) thoughts(n *html.Node) string {
	if markdown := r.writer.markdown(n); markdown != "" {
		return markdown
	}
	for d := range withDescendants(n) {
		if r.discloses.matches(d) {
			label := r.writer.markdown(slices.Collect(d.ChildNodes())...)
			if label != "" && !thoughtLabel().MatchString(label) {
				r.folded++
				return label
			}
		}
	}
	return ""
}

// thoughtLabel matches buttons that open thoughts.
var thoughtLabel = lazily(`(?i)^(?:(?:show|hide|view|expand)\b.{0,20}\b)?(?:thought|thoughts|thinking|reasoning|reasoned|thought process)\b(?: (?:for|about)\b.{0,40})?(?: process)?…?$`)
