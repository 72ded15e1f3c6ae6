package transcript

import (
	"fmt"
	"strings"
	"sync"

	"golang.org/x/net/html"
)

// selector matches elements as a small part of CSS does: alternatives
// separated by commas, each a tag followed by .class, [attr], [attr=value],
// [attr^=start] or [attr*=part], all optional. The nil selector matches nothing.
type selector func() []compound

type compound struct {
	tag   string
	tests []test
}

type test struct {
	key, op, value string
}

var (
	compoundShape = lazily(`^([a-z0-9-]*)((?:\.[^.\[\],\s]+|\[[^\]]+\])*)$`)
	testShape     = lazily(`\.([^.\[\],\s]+)|\[([\w:-]+)(?:([*^]?=)([^\]]*))?\]`)
)

// sel returns a selector of the table in pages.go. Its first use panics if it is malformed.
func sel(source string) selector {
	return sync.OnceValue(func() []compound { return parseSelector(source) })
}

func parseSelector(source string) (all []compound) {
	for part := range strings.SplitSeq(source, ",") {
		shape := compoundShape().FindStringSubmatch(strings.TrimSpace(part))
		if shape == nil || shape[0] == "" {
			panic(fmt.Sprintf("transcript: selector %q", part))
		}
		c := compound{tag: shape[1]}
		for _, m := range testShape().FindAllStringSubmatch(shape[2], -1) {
			if m[1] != "" {
				c.tests = append(c.tests, test{"class", ".", m[1]})
			} else {
				c.tests = append(c.tests, test{m[2], m[3], m[4]})
			}
		}
		all = append(all, c)
	}
	return all
}

func (s selector) matches(n *html.Node) bool {
	if s == nil || n.Type != html.ElementNode {
		return false
	}
	for _, c := range s() {
		if c.matches(n) {
			return true
		}
	}
	return false
}

func (c compound) matches(n *html.Node) bool {
	if c.tag != "" && c.tag != n.Data {
		return false
	}
	for _, t := range c.tests {
		value, has := attribute(n, t.key)
		switch t.op {
		case ".":
			has = has && hasWord(value, t.value)
		case "=":
			has = has && strings.EqualFold(value, t.value)
		case "^=":
			has = has && strings.HasPrefix(value, t.value)
		case "*=":
			has = has && strings.Contains(value, t.value)
		}
		if !has {
			return false
		}
	}
	return true
}

// first is the first element under root that s matches, or nil.
func (s selector) first(root *html.Node) *html.Node {
	if s == nil {
		return nil
	}
	for n := range root.Descendants() {
		if s.matches(n) {
			return n
		}
	}
	return nil
}

func attribute(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func attr(n *html.Node, key string) string {
	value, _ := attribute(n, key)
	return value
}

func hasWord(list, word string) bool {
	for w := range strings.FieldsSeq(list) {
		if w == word {
			return true
		}
	}
	return false
}

// textOf is the text under n, on one line, up to about limit bytes.
func textOf(n *html.Node, limit int) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	if n.Type == html.TextNode {
		b.WriteString(clip(n.Data, limit))
	}
	for d := range n.Descendants() {
		if b.Len() >= limit {
			break
		}
		switch {
		case d.Type == html.TextNode:
			b.WriteString(clip(d.Data, limit))
		case blocks[d.Data] || d.Data == "br":
			b.WriteByte(' ')
		}
	}
	return oneLine(b.String())
}
