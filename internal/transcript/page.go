package transcript

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// page says how one site marks the parts of a conversation. Marks are listed
// from the surest to the vaguest, so that a page whose class names have changed
// is still read by what is left.
type page struct {
	source, label string
	assistant     string // speaker of the assistant's turns; may be empty

	sign     selector // any of these shows that it is such a page
	title    selector // holds the conversation's title
	messages []mark   // hold what one side said
	turns    []mark   // hold a whole turn: read where no message was found inside

	content    selector // within a message, where the words are; everything else is header
	thinking   selector // within a message, what the model thought
	discloses  selector // a button whose parent holds what the model thought
	attachment selector
	keep       selector // buttons whose words belong to the sentence
	skip       selector // furniture of this page

	who func(n *html.Node, s speaker) (speaker, bool) // reads a message's header; false: no turn after all
}

// mark is an element that says whose words it holds.
type mark struct {
	in   selector
	role Role
}

func roleIn(marks []mark, n *html.Node) Role {
	for _, m := range marks {
		if m.in.matches(n) {
			return m.role
		}
	}
	return ""
}

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

// readHTML tries the known pages, then any page that marks roles, then lines
// that name speakers.
func readHTML(src Source, r *report) found {
	tree := parseHTML(src.HTML, r)
	for _, p := range append(signed(tree), &anyPage) {
		reader := &reader{page: p, report: r, writer: newWriter(p)}
		if out := reader.read(tree); len(out.turns) > 0 && (p != &anyPage || bothSides(out.turns)) {
			countFurniture(tree, p, r)
			return out
		}
	}
	countFurniture(tree, nil, r)
	if out, ok := fromText(src.Text, tree, r); ok {
		return out
	}
	markdown := newWriter(nil).markdown(tree)
	for _, text := range []string{markdown, src.Text} {
		if out, ok := bySpeakers(text, r); ok {
			if out.title == "" {
				out.title = textOf(sel("title").first(tree), 4*MaxTitle)
			}
			return out
		}
	}
	out := plain(Source{Text: markdown}, r)
	if len(out.turns) > 0 {
		warnNoSpeakers(r)
		out.title = textOf(sel("title").first(tree), 4*MaxTitle)
	}
	return out
}

// fromText prefers the text flavour when the HTML only colours it, as editors do.
func fromText(text string, tree *html.Node, r *report) (found, bool) {
	if strings.TrimSpace(text) == "" {
		return found{}, false
	}
	for n := range tree.Descendants() {
		if n.Type == html.ElementNode && !colouring[n.Data] {
			return found{}, false
		}
	}
	if out, ok := bySpeakers(text, r); ok {
		return out, true
	}
	warnNoSpeakers(r)
	return plain(Source{Text: text}, r), true
}

var colouring = words("html head body meta div span br pre font")

// signed are the pages that tree shows signs of, in the table's order.
func signed(tree *html.Node) []*page {
	seen := make([]bool, len(pages))
	for n := range tree.Descendants() {
		for i := range pages {
			seen[i] = seen[i] || pages[i].sign.matches(n)
		}
	}
	var list []*page
	for i := range pages {
		if seen[i] {
			list = append(list, &pages[i])
		}
	}
	return list
}

func bothSides(turns []Turn) bool {
	sides := map[Role]bool{}
	for _, turn := range turns {
		sides[turn.Role] = true
	}
	return sides[User] && sides[Assistant]
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
		case n.Data == "button" && thoughtLabel.MatchString(textOf(n, 100)) && !r.inThoughts(n):
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
		empty  = map[*html.Node]bool{} // turns of the page without a word so far
		gaps   gaps
		hidden int
	)
	for _, p := range r.pieces {
		markdown := r.write(p)
		if markdown == "" {
			if p.who.kind == Thinking {
				hidden++
				delete(empty, p.unit)
			} else if p.unit != nil && p.unit != last.unit && !empty[p.unit] {
				empty[p.unit] = true
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
			if label != "" && !thoughtLabel.MatchString(label) {
				r.folded++
				return label
			}
		}
	}
	return ""
}

// thoughtLabel matches buttons that open thoughts.
var thoughtLabel = regexp.MustCompile(`(?i)^(?:(?:show|hide|view|expand)\b.{0,20}\b)?(?:thought|thoughts|thinking|reasoning|reasoned|thought process)\b(?: (?:for|about)\b.{0,40})?(?: process)?…?$`)

// gaps remembers turns of the page that hold no words.
type gaps []gap

type gap struct {
	after int // how many turns were read before it
	unit  *html.Node
}

func (g *gaps) add(after int, unit *html.Node) { *g = append(*g, gap{after, unit}) }

// remove forgets a gap that turned out to hold words.
func (g *gaps) remove(unit *html.Node) {
	if n := len(*g); n > 0 && unit != nil && (*g)[n-1].unit == unit {
		*g = (*g)[:n-1]
	}
}

func (g gaps) at(after int) bool { return len(g) > 0 && g[len(g)-1].after == after }

func (g gaps) warn(r *report) {
	if len(g) == 0 {
		return
	}
	var where []string
	for i := 0; i < len(g); {
		first := i
		for i < len(g) && g[i].after == g[first].after {
			i++
		}
		place := "before the first turn"
		if g[first].after > 0 {
			place = fmt.Sprintf("after turn %d", g[first].after)
		}
		where = append(where, plural(i-first, "turn")+" "+place)
	}
	r.warn("gaps", "%s of the page had no text when it was copied: %s. Long pages keep only what is near the screen: scroll through the whole conversation and copy it again, or add what is missing by hand.",
		plural(len(g), "turn"), strings.Join(where, ", "))
}
