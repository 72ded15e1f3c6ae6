package transcript

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/strikethrough"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
	"golang.org/x/net/html"
)

// toMarkdown turns the allow-listed tree that a writer builds into Markdown.
var toMarkdown = converter.NewConverter(converter.WithPlugins(
	base.NewBasePlugin(),
	commonmark.NewCommonmarkPlugin(commonmark.WithHorizontalRule("---"), commonmark.WithListEndComment(false)),
	strikethrough.NewStrikethroughPlugin(),
	table.NewTablePlugin(table.WithHeaderPromotion(true), table.WithSkipEmptyRows(true)),
))

// writer builds, from parts of a foreign tree, a new tree that holds only what
// Markdown can say: the allow-list is the set of elements it makes.
type writer struct {
	page *page // whose furniture to leave out; nil for an unknown page

	quoted []string // raw Markdown and characters the converter must not see, see quote
	nested int      // open lists and quotations
	cell   bool     // inside a table cell, where only inline content fits
}

func newWriter(p *page) *writer { return &writer{page: p} }

// maxNested bounds lists and quotations within each other: every level costs an
// indentation on every line.
const maxNested = 8

// markdown writes the nodes one after the other.
func (w *writer) markdown(nodes ...*html.Node) string {
	body := element("body")
	w.quoted = w.quoted[:0]
	for _, n := range nodes {
		w.node(body, n, keepsSpace(n))
	}
	joinText(body)
	out, err := toMarkdown.ConvertNode(body)
	if err != nil { // its only errors are of registration
		panic(fmt.Sprintf("transcript: convert to Markdown: %v", err))
	}
	return trimLines(w.unquote(blankLine().ReplaceAllString(string(out), "")))
}

var blankLine = lazily(`(?m)^[ \t]+$`)

// quote leaves raw in the text as turnMark, its number, turnMark: the input
// holds no turnMark, and the converter lets it pass.
func (w *writer) quote(raw string) string {
	w.quoted = append(w.quoted, raw)
	return string(turnMark) + strconv.Itoa(len(w.quoted)-1) + string(turnMark)
}

func (w *writer) unquote(s string) string {
	if len(w.quoted) == 0 {
		return s
	}
	var b strings.Builder
	for i, part := range strings.Split(s, string(turnMark)) {
		if number, err := strconv.Atoi(part); i%2 == 1 && err == nil && number < len(w.quoted) {
			part = w.quoted[number]
		}
		b.WriteString(part)
	}
	return b.String()
}

var (
	blocks = words(`address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form
		h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol p pre section summary table tbody td tfoot th thead tr ul caption`)
	inline = words("p h1 h2 h3 h4 h5 h6 em i strong b del s strike") // hold inline content and are kept
	lists  = words("ul ol li blockquote")                            // are kept down to maxNested
)

func (w *writer) children(to, from *html.Node, pre bool) {
	for n := range from.ChildNodes() {
		w.node(to, n, pre)
	}
}

func (w *writer) node(to, n *html.Node, pre bool) {
	if n.Type == html.TextNode {
		w.text(to, n, pre)
		return
	}
	if n.Type != html.ElementNode || furniture(n, w.page) != "" {
		return
	}
	pre = spaceMode(n, pre)
	if tex, display, ok := texOf(n); ok {
		w.maths(to, tex, display)
		return
	}
	switch name := n.Data; {
	case w.page != nil && w.page.keep.matches(n):
		to.AppendChild(text(w.shield(textOf(n, 400))))
	case w.page != nil && w.page.attachment.matches(n):
		em := element("em", text("Attached: "+attachmentName(n)))
		to.AppendChild(element("p", em))
	case name == "br" && w.cell:
		to.AppendChild(text(" "))
	case name == "br" || name == "hr" && !w.cell:
		to.AppendChild(element(name))
	case name == "img":
		w.image(to, n)
	case name == "a":
		w.link(to, n, pre)
	case name == "pre" && !w.cell, codeFrame.matches(n) && codeOf(n) != nil:
		w.code(to, n)
	case name == "code" || name == "tt" || name == "kbd" || name == "samp" || name == "pre":
		if code := codeText(n); strings.TrimSpace(code) != "" {
			to.AppendChild(element("code", text(w.verbatim(strings.ReplaceAll(code, "\n", " ")))))
		}
	case name == "table" && !w.cell:
		w.table(to, n, pre)
	case w.cell && blocks[name]:
		to.AppendChild(text(" "))
		if name == "li" {
			to.AppendChild(text("• "))
		}
		w.children(to, n, pre)
		to.AppendChild(text(" "))
	case name == "b" && strings.HasPrefix(attr(n, "id"), "docs-internal-guid"):
		w.children(to, n, pre) // Google Docs wraps whatever is copied in it
	case inline[name]:
		w.within(to, element(name), n, pre)
	case lists[name] && w.nested < maxNested:
		w.nested++
		list := element(name)
		if start := attr(n, "start"); name == "ol" && number().MatchString(start) {
			list.Attr = []html.Attribute{{Key: "start", Val: start}}
		}
		w.within(to, list, n, pre)
		w.nested--
	case blocks[name]:
		w.within(to, element("div"), n, pre)
	default:
		w.children(to, n, pre)
	}
}

var number = lazily(`^\d{1,6}$`)

// within writes what n holds inside made, unless that is nothing.
func (w *writer) within(to, made, n *html.Node, pre bool) {
	w.children(made, n, pre)
	for c := range made.ChildNodes() {
		if c.Type != html.TextNode || strings.TrimSpace(c.Data) != "" {
			to.AppendChild(made)
			return
		}
	}
	if made.FirstChild != nil {
		to.AppendChild(text(" "))
	}
}

// text keeps the lines and indentation of preformatted text.
func (w *writer) text(to, n *html.Node, pre bool) {
	if !pre || w.cell || !strings.Contains(n.Data, "\n") && !strings.HasPrefix(n.Data, "  ") {
		words := n.Data
		if strings.Trim(words, "\u00a0") == "" && n.PrevSibling == nil && n.NextSibling == nil {
			words = " " // <span>&nbsp;</span> is how browsers copy a space between two elements
		}
		to.AppendChild(text(w.shield(words)))
		return
	}
	if strings.TrimSpace(n.Data) == "" && beside(n) {
		return
	}
	for i, line := range strings.Split(n.Data, "\n") {
		if i > 0 {
			to.AppendChild(element("br"))
		}
		words := strings.TrimLeft(line, " \t")
		indent := strings.ReplaceAll(line[:len(line)-len(words)], "\t", "    ")
		if words != "" && len(indent) > 1 {
			to.AppendChild(text(w.quote(strings.Repeat("\u00a0", len(indent)))))
		} else if indent != "" {
			words = " " + words
		}
		to.AppendChild(text(w.shield(words)))
	}
}

// beside reports whether n touches a block: white space there is only layout.
func beside(n *html.Node) bool {
	for _, s := range []*html.Node{n.PrevSibling, n.NextSibling} {
		if s != nil && s.Type == html.ElementNode && blocks[s.Data] {
			return true
		}
	}
	return n.PrevSibling == nil && n.NextSibling == nil
}

// shield quotes what the converter would get wrong: the two characters it uses
// as its own marks, what would read as a character reference in Markdown but is
// none, underscores within words, which it escapes without need, and brackets,
// each of which it escapes after a search that may go to the end of the text.
func (w *writer) shield(s string) string {
	if !strings.ContainsAny(s, "\a\uf002&_[") {
		return s
	}
	var b strings.Builder
	for i, c := range s {
		switch {
		case c == '\a', c == '\uf002':
			b.WriteString(w.quote(string(c)))
		case c == '&' && reference().MatchString(clip(s[i:], 40)):
			b.WriteString(w.quote(`\&`))
		case c == '[':
			b.WriteString(w.quote(`\[`))
		case c == '_' && wordAt(utf8.DecodeLastRuneInString(s[:i])) && wordAt(utf8.DecodeRuneInString(s[i+1:])):
			b.WriteString(w.quote("_"))
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

var reference = lazily(`^&(?:[a-zA-Z][a-zA-Z0-9]*|#[0-9]+|#[xX][0-9a-fA-F]+);`)

// verbatim quotes, in code, the converter's marks only: the rest it lets pass.
func (w *writer) verbatim(s string) string {
	return marks().ReplaceAllStringFunc(s, w.quote)
}

var marks = lazily(`[\x07\x{f002}]`)

func wordAt(r rune, _ int) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func (w *writer) maths(to *html.Node, tex string, display bool) {
	switch {
	case w.cell:
		to.AppendChild(text(w.quote("$" + strings.ReplaceAll(tex, "|", `\vert `) + "$")))
	case display:
		to.AppendChild(element("p", text(w.quote("$$"+tex+"$$"))))
	default:
		to.AppendChild(text(w.quote("$" + tex + "$")))
	}
}

// image leaves the words for an image, as a link if it can be looked up. It is
// no Markdown image: showing one would make every reader's browser fetch it.
func (w *writer) image(to, n *html.Node) {
	alt, src := oneLine(attr(n, "alt")), attr(n, "src")
	if src != "" && (alt != "" || w.page != nil) {
		if alt == "" {
			alt = "image"
		}
		link := element("a", text(w.shield(alt)))
		link.Attr = []html.Attribute{{Key: "href", Val: src}}
		to.AppendChild(link)
	} else if alt != "" {
		to.AppendChild(text(w.shield(alt)))
	}
}

func (w *writer) link(to, n *html.Node, pre bool) {
	href := attr(n, "href")
	if href == "" {
		w.children(to, n, pre)
		return
	}
	link := element("a")
	link.Attr = []html.Attribute{{Key: "href", Val: href}}
	w.within(to, link, n, pre)
}

func (w *writer) table(to, n *html.Node, pre bool) {
	made := element("table")
	for d := range n.Descendants() {
		switch {
		case d.Data == "caption" && d.Type == html.ElementNode:
			w.within(to, element("p"), d, pre)
		case d.Data == "tr" && d.Type == html.ElementNode && nearest(d.Parent, "table") == n:
			row := element("tr")
			for c := range d.ChildNodes() {
				if c.Data != "td" && c.Data != "th" || c.Type != html.ElementNode {
					continue
				}
				cell := element(c.Data)
				w.cell = true
				w.children(cell, c, false)
				w.cell = false
				row.AppendChild(cell)
			}
			made.AppendChild(row)
		}
	}
	if made.FirstChild != nil {
		to.AppendChild(made)
	} else {
		w.within(to, element("div"), n, pre)
	}
}

// joinText makes one text node of neighbours, as the converter would in
// quadratic time.
func joinText(root *html.Node) {
	for n := range root.Descendants() {
		if n.Type != html.TextNode || n.NextSibling == nil || n.NextSibling.Type != html.TextNode {
			continue
		}
		var b strings.Builder
		b.WriteString(n.Data)
		for next := n.NextSibling; next != nil && next.Type == html.TextNode; next = n.NextSibling {
			b.WriteString(next.Data)
			n.Parent.RemoveChild(next)
		}
		n.Data = b.String()
	}
}

// nearest is n or its nearest ancestor of that name.
func nearest(n *html.Node, name string) *html.Node {
	for n != nil && n.Data != name {
		n = n.Parent
	}
	return n
}

func element(name string, children ...*html.Node) *html.Node {
	n := &html.Node{Type: html.ElementNode, Data: name}
	for _, c := range children {
		n.AppendChild(c)
	}
	return n
}

func text(s string) *html.Node { return &html.Node{Type: html.TextNode, Data: s} }

// keepsSpace reports how white space is treated where n begins.
func keepsSpace(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if on, said := ownSpaceMode(p); said {
			return on
		}
	}
	return false
}

func spaceMode(n *html.Node, inherited bool) bool {
	if on, said := ownSpaceMode(n); said {
		return on
	}
	return inherited
}

func ownSpaceMode(n *html.Node) (pre, said bool) {
	if style, ok := attribute(n, spaceAttr); ok {
		return strings.HasPrefix(style, "pre") || strings.HasPrefix(style, "break"), true
	}
	for class := range strings.FieldsSeq(attr(n, "class")) {
		switch class {
		case "whitespace-pre-wrap", "whitespace-pre", "whitespace-pre-line", "whitespace-break-spaces":
			return true, true
		case "whitespace-normal":
			return false, true
		}
	}
	return false, false
}
