package transcript

import (
	"strings"

	"golang.org/x/net/html"
)

// texOf gives the TeX of an element that shows maths, and whether it stands on
// its own line. KaTeX keeps the source in an annotation, Gemini in data-math;
// where a browser did not copy either, the MathML is written back as TeX.
func texOf(n *html.Node) (tex string, display, ok bool) {
	class := attr(n, "class")
	switch {
	case n.Data == "math", hasWord(class, "katex"), hasWord(class, "katex-display"), n.Data == "ms-katex", n.Data == "mjx-container":
	case attr(n, "data-math") != "" && strings.Contains(class, "math"):
		return oneLine(attr(n, "data-math")), strings.Contains(class, "math-block"), true
	default:
		return "", false, false
	}
	var math *html.Node
	for d := range withDescendants(n) {
		switch {
		case d.Data == "annotation" && strings.Contains(attr(d, "encoding"), "tex"):
			tex = codeText(d)
		case d.Data == "math":
			math = d
			display = display || attr(d, "display") == "block"
		case hasWord(attr(d, "class"), "katex-display"):
			display = true
		}
	}
	if tex == "" && math != nil {
		tex = mathML(math)
	}
	if tex = oneLine(tex); tex == "" {
		return "", false, false
	}
	return tex, display, true
}

func withDescendants(n *html.Node) func(yield func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		if !yield(n) {
			return
		}
		for d := range n.Descendants() {
			if !yield(d) {
				return
			}
		}
	}
}

// mathML writes presentation MathML as TeX. Elements it does not know are
// written as their content.
func mathML(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	parts := mathParts(n)
	arg := func(i int) string {
		if i < len(parts) {
			return parts[i]
		}
		return ""
	}
	switch n.Data {
	case "annotation", "annotation-xml":
		return ""
	case "mi", "mn":
		return mathToken(oneLine(strings.Join(parts, "")))
	case "mo":
		return mathOperator(oneLine(strings.Join(parts, "")))
	case "mtext", "ms":
		if words := strings.Join(parts, ""); strings.TrimSpace(words) != "" {
			return `\text{` + words + `}`
		}
		return " "
	case "mspace":
		return " "
	case "mfrac":
		return `\frac{` + arg(0) + `}{` + arg(1) + `}`
	case "msqrt":
		return `\sqrt{` + strings.Join(parts, "") + `}`
	case "mroot":
		return `\sqrt[` + arg(1) + `]{` + arg(0) + `}`
	case "msup":
		return grouped(arg(0)) + `^{` + arg(1) + `}`
	case "msub":
		return grouped(arg(0)) + `_{` + arg(1) + `}`
	case "msubsup":
		return grouped(arg(0)) + `_{` + arg(1) + `}^{` + arg(2) + `}`
	case "munder":
		return limits(arg(0), arg(1), "")
	case "mover":
		return limits(arg(0), "", arg(1))
	case "munderover":
		return limits(arg(0), arg(1), arg(2))
	case "mtable":
		return `\begin{matrix}` + strings.Join(parts, ` \\ `) + `\end{matrix}`
	case "mtr":
		return strings.Join(parts, " & ")
	}
	return strings.Join(parts, "")
}

func mathParts(n *html.Node) []string {
	var parts []string
	for c := range n.ChildNodes() {
		if c.Type == html.TextNode && strings.TrimSpace(c.Data) == "" {
			continue // layout between elements
		}
		if c.Type == html.ElementNode || c.Type == html.TextNode {
			parts = append(parts, mathML(c))
		}
	}
	return parts
}

// mathToken writes a name or number: names of several letters are functions or words.
func mathToken(s string) string {
	if len([]rune(s)) < 2 || strings.Trim(s, "0123456789.,") == "" {
		return s
	}
	if functions[s] {
		return `\` + s + " "
	}
	return `\mathrm{` + s + `}`
}

var functions = words("sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln exp lim max min sup inf det gcd dim ker")

func mathOperator(s string) string {
	switch s {
	case "{", "}", "%", "#", "&", "$":
		return `\` + s
	case "\u2061", "\u2062", "\u2063", "\u2064": // invisible: apply, times, comma, plus
		return ""
	case "=", "<", ">", "≈", "≠", "≤", "≥", "+", "→", "⇒", "∈":
		return " " + s + " "
	case "−":
		return " - "
	}
	return s
}

// grouped braces what an exponent or index would otherwise take only the end of.
func grouped(s string) string {
	if len([]rune(s)) > 1 && !strings.HasPrefix(s, `\`) && !strings.HasPrefix(s, "(") {
		return "{" + s + "}"
	}
	return s
}

func limits(base, under, over string) string {
	if accent, ok := accents[strings.TrimSpace(over)]; ok && under == "" {
		return accent + "{" + base + "}"
	}
	if under != "" {
		base += "_{" + under + "}"
	}
	if over != "" {
		base += "^{" + over + "}"
	}
	return base
}

var accents = map[string]string{
	"¯": `\bar`, "‾": `\overline`, "^": `\hat`, "ˆ": `\hat`, "~": `\tilde`, "˜": `\tilde`, "→": `\vec`, "˙": `\dot`, "¨": `\ddot`,
}
