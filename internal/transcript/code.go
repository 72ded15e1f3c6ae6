package transcript

import (
	"strings"

	"golang.org/x/net/html"
)

// codeFrame is a site's own element around a code block and its header.
var codeFrame = sel("code-block, ms-code-block, [class*=code-block__code], [role=group][aria-label*=code]")

// codeOf is the element under n, or n itself, whose text is the code.
func codeOf(n *html.Node) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && (d.Data == "code" || hasWord(attr(d, "class"), "cm-content")) {
			return d
		}
	}
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == "pre" {
			return d
		}
	}
	if n.Data == "pre" {
		return n
	}
	return nil
}

// code writes a fenced block with its language; the header around it is furniture.
func (w *writer) code(to, n *html.Node) {
	code := codeOf(n)
	body := strings.Trim(codeText(code), "\n")
	if strings.TrimSpace(body) == "" {
		return
	}
	language := languageOf(code, n)
	block := element("code", text(w.verbatim(body)))
	if language != "" {
		block.Attr = []html.Attribute{{Key: "class", Val: "language-" + language}}
	}
	to.AppendChild(element("pre", block))
}

// languageOf looks at the code's classes, then at attributes, then at a short
// label in the header of the block.
func languageOf(code, frame *html.Node) string {
	for n := code; n != nil; n = n.Parent {
		for class := range strings.FieldsSeq(attr(n, "class")) {
			for _, prefix := range []string{"language-", "lang-", "brush:"} {
				if name, ok := strings.CutPrefix(class, prefix); ok && language().MatchString(name) {
					return name
				}
			}
		}
		for _, key := range []string{"data-language", "data-lang", "lang-name"} {
			if name := strings.ToLower(attr(n, key)); language().MatchString(name) {
				return name
			}
		}
		if n == frame {
			break
		}
	}
	for d := range frame.Descendants() {
		if d == code {
			break
		}
		if d.Type != html.TextNode || nearest(d.Parent, "button") != nil || isIcon(d.Parent) {
			continue
		}
		if label := strings.ToLower(oneLine(d.Data)); language().MatchString(label) && !noLanguage[label] {
			return label
		}
	}
	return ""
}

var language = lazily(`^[a-zA-Z][\w+#.-]{0,19}$`)

// noLanguage are words on the header of a code block that name no language.
var noLanguage = words("code copy text plaintext plain download edit run expand collapse wrap")

// codeText is the text under n with its lines.
func codeText(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		switch {
		case d.Type == html.TextNode:
			b.WriteString(d.Data)
		case d.Data == "br":
			b.WriteByte('\n')
		case d.Data == "div" && b.Len() > 0 && !strings.HasSuffix(b.String(), "\n"): // an editor's line
			b.WriteByte('\n')
		}
	}
	return b.String()
}
