package transcript

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// maxDepth bounds the tree. Deeper elements are left out, their content is not.
const maxDepth = 256

// parseHTML reads foreign HTML into a tree and strips from it what is never
// wanted (strip).
//
// html.Parse is not used: it refuses input nested deeper than 512, and its
// recovery from misnested formatting can copy nodes without bound. Here every
// token makes at most one node. Text that browsers put on a clipboard is well
// nested, so little recovery is needed.
func parseHTML(source string, r *report) *html.Node {
	root := &html.Node{Type: html.ElementNode, Data: "body"}
	b := treeBuilder{open: map[string]int{}, stack: []level{{node: root}}}
	tokens := html.NewTokenizer(strings.NewReader(source))
	for {
		switch tokens.Next() {
		case html.ErrorToken: // the end: a string reader has no other error
			strip(root, r)
			return root
		case html.TextToken:
			b.text(r.repair(string(tokens.Text())))
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			b.start(token, token.Type == html.SelfClosingTagToken)
		case html.EndTagToken:
			name, _ := tokens.TagName()
			b.end(string(name))
		}
	}
}

type treeBuilder struct {
	stack []level
	open  map[string]int // how many elements of a name are on the stack
}

// level is an open element. Below maxDepth, node is the deepest real one.
type level struct {
	name string
	node *html.Node
}

func (b *treeBuilder) top() level { return b.stack[len(b.stack)-1] }

func (b *treeBuilder) text(s string) {
	if s == "" {
		return
	}
	parent := b.top().node
	if last := parent.LastChild; last != nil && last.Type == html.TextNode && len(last.Data) < 1<<10 {
		last.Data += s
		return
	}
	parent.AppendChild(&html.Node{Type: html.TextNode, Data: s})
}

func (b *treeBuilder) start(token html.Token, selfClosing bool) {
	name := token.Data
	for len(b.stack) > 1 && slices.Contains(endedBy[name], b.top().name) {
		b.pop()
	}
	foreign := b.open["svg"]+b.open["math"] > 0
	leaf := voids[name] || selfClosing && foreign
	parent := b.top().node
	node := parent
	if len(b.stack) < maxDepth {
		node = &html.Node{Type: html.ElementNode, Data: name, Attr: token.Attr}
		parent.AppendChild(node)
	}
	if !leaf {
		b.stack = append(b.stack, level{name, node})
		b.open[name]++
	}
}

// end closes the nearest element of that name and all within it.
func (b *treeBuilder) end(name string) {
	if b.open[name] == 0 {
		return
	}
	for b.top().name != name {
		b.pop()
	}
	b.pop()
}

func (b *treeBuilder) pop() {
	b.open[b.top().name]--
	b.stack = b.stack[:len(b.stack)-1]
}

var voids = words("area base br col embed hr img input link meta source track wbr param")

// endedBy lists the open elements that a start tag ends when their end tag was left out.
var endedBy = map[string][]string{
	"p": {"p"}, "li": {"li"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"}, "option": {"option"},
	"td": {"td", "th"}, "th": {"td", "th"}, "tr": {"td", "th", "tr"}, "tbody": {"td", "th", "tr", "thead"},
}

func words(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}

// strip removes whatever could act, and counts it: scripts, styles, frames,
// embedded objects, form fields, event handlers and links that are not
// http, https or mailto. Of style attributes it keeps what they say about
// white space.
func strip(root *html.Node, r *report) {
	next := root.FirstChild
	for n := next; n != nil; n = next {
		if what := active[n.Data]; n.Type == html.ElementNode && what != "" {
			next = after(n, root)
			n.Parent.RemoveChild(n)
			r.drop(what, 1)
			continue
		}
		if n.Type == html.ElementNode {
			if n.Data == "form" {
				r.drop("forms", 1)
			}
			stripAttributes(n, r)
		}
		if next = n.FirstChild; next == nil {
			next = after(n, root)
		}
	}
}

// active elements go with everything in them. A form goes too, but what it says stays.
var active = map[string]string{
	"script": "scripts", "noscript": "scripts", "template": "scripts", "style": "styles",
	"iframe": "frames", "frame": "frames", "frameset": "frames", "noframes": "frames",
	"object": "embedded objects", "embed": "embedded objects", "applet": "embedded objects",
	"noembed": "embedded objects",
	"input":   "form fields", "textarea": "form fields", "select": "form fields", "datalist": "form fields",
}

// after is the next node in document order that is not inside n, within root.
func after(n, root *html.Node) *html.Node {
	for ; n != nil && n != root; n = n.Parent {
		if n.NextSibling != nil {
			return n.NextSibling
		}
	}
	return nil
}

func stripAttributes(n *html.Node, r *report) {
	kept := n.Attr[:0]
	for _, a := range n.Attr {
		a.Val = r.repair(a.Val)
		switch {
		case len(a.Key) > 2 && strings.HasPrefix(a.Key, "on"):
			r.drop("event handlers", 1)
		case a.Key == "style":
			if space := whiteSpace(a.Val); space != "" {
				kept = append(kept, html.Attribute{Key: spaceAttr, Val: space})
			}
		case a.Key == "href" && n.Data == "a":
			href, unsafe := safeLink(a.Val)
			if unsafe {
				r.drop("unsafe links", 1)
			}
			if href != "" {
				kept = append(kept, html.Attribute{Key: a.Key, Val: href})
			}
		case a.Key == "src" && n.Data == "img":
			if href, _ := safeLink(a.Val); strings.HasPrefix(href, "http") {
				kept = append(kept, html.Attribute{Key: a.Key, Val: href})
			}
		case linked[a.Key]:
		default:
			kept = append(kept, a)
		}
	}
	n.Attr = kept
}

var linked = words("href src srcset action formaction background poster data cite ping xlink:href srcdoc")

// safeLink gives the address a link may lead to, or nothing. Addresses within
// the page are dropped silently; unsafe ones name another scheme.
func safeLink(href string) (safe string, unsafe bool) {
	// Browsers ignore white space and control characters when they look for the scheme.
	plain := strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f || r == '\u00ad' || r == '\u200b' {
			return -1
		}
		return r
	}, href)
	scheme, _, ok := strings.Cut(plain, ":")
	if !ok || strings.ContainsAny(scheme, "/?#") {
		return "", false
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto":
		return strings.TrimSpace(href), false
	}
	return "", true
}

// spaceAttr keeps, of an element's style, how its white space is treated.
const spaceAttr = "white-space"

func whiteSpace(style string) string {
	for declaration := range strings.SplitSeq(style, ";") {
		key, value, _ := strings.Cut(declaration, ":")
		switch strings.TrimSpace(key) {
		case "white-space", "white-space-collapse":
			return strings.TrimSpace(value)
		}
	}
	return ""
}
