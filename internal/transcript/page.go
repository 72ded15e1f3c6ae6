package transcript

import (
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

// readHTML tries the known pages, then any page that marks roles, then lines
// that name speakers.
func readHTML(src Source, r *report) found {
	tree := parseHTML(src.HTML, r)
	for _, p := range append(signed(tree), &anyPage) {
		trial := newReport()
		reader := &reader{page: p, report: trial, writer: newWriter(p)}
		if out := reader.read(tree); len(out.turns) > 0 && (p != &anyPage || bothSides(out.turns)) {
			r.add(trial)
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
