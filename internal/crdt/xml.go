package crdt

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"grimoire/internal/crdt/lib0"
)

// XmlFragment is a shared list of XML nodes: XmlElement, XmlText, XmlHook.
type XmlFragment struct {
	Array
}

// XmlElement is a fragment with a name and attributes.
type XmlElement struct {
	XmlFragment
	name         string
	initialAttrs keyed
}

// XmlText is a text among XML nodes.
type XmlText struct {
	Text
}

// XmlHook is a map among XML nodes; editors give its name a meaning.
type XmlHook struct {
	Map
	name string
}

// XmlFragment returns the root fragment of a name. It panics if the root was
// used as another type.
func (d *Doc) XmlFragment(name string) *XmlFragment {
	return &XmlFragment{Array{typeRef: d.declare(name, typeXmlFragment)}}
}

// XmlElement returns the root element of a name, whose node name is the one
// yjs gives roots. It panics if the root was used as another type.
func (d *Doc) XmlElement(name string) *XmlElement {
	return &XmlElement{XmlFragment: XmlFragment{Array{typeRef: d.declare(name, typeXmlElement)}}, name: "UNDEFINED"}
}

// XmlText returns the root XML text of a name. It panics if the root was used
// as another type.
func (d *Doc) XmlText(name string) *XmlText {
	return &XmlText{Text{typeRef: d.declare(name, typeXmlText)}}
}

// NewXmlFragment returns a fragment of nodes, to be put into another type.
func NewXmlFragment(nodes ...any) *XmlFragment { return &XmlFragment{Array{initial: nodes}} }

// NewXmlElement returns an element of nodes, to be put into another type.
func NewXmlElement(name string, nodes ...any) *XmlElement {
	return &XmlElement{XmlFragment: *NewXmlFragment(nodes...), name: name}
}

// NewXmlText returns a text that begins with s, to be put into another type.
func NewXmlText(s string) *XmlText {
	x := &XmlText{}
	x.Insert(nil, 0, s)
	return x
}

// NewXmlHook returns an empty hook, to be put into another type.
func NewXmlHook(name string) *XmlHook { return &XmlHook{name: name} }

// Push puts nodes behind the last one.
func (f *XmlFragment) Push(t *Transaction, nodes ...any) { f.Insert(t, f.Len(), nodes...) }

// String returns the nodes as yjs prints them: nothing is escaped.
func (f *XmlFragment) String() string {
	var b strings.Builder
	for _, node := range f.Values() {
		b.WriteString(jsString(node))
	}
	return b.String()
}

// Name returns the node name.
func (e *XmlElement) Name() string { return e.name }

// Attribute returns an attribute, see [Map.Get].
func (e *XmlElement) Attribute(key string) (value any, ok bool) { return e.entry(e.initialAttrs, key) }

// Attributes returns the keys of the attributes.
func (e *XmlElement) Attributes() []string { return e.entries(e.initialAttrs) }

// SetAttribute sets an attribute, see [Map.Set].
func (e *XmlElement) SetAttribute(t *Transaction, key string, value any) {
	e.setEntry(t, &e.initialAttrs, key, value)
}

// RemoveAttribute takes an attribute away.
func (e *XmlElement) RemoveAttribute(t *Transaction, key string) {
	e.deleteEntry(t, &e.initialAttrs, key)
}

// String returns the element as yjs prints it: its name in lower case, its
// attributes sorted, nothing escaped.
func (e *XmlElement) String() string {
	get := func(key string) any { value, _ := e.Attribute(key); return value }
	return printElement(e.name, e.Attributes(), get, e.XmlFragment.String())
}

func printElement(name string, keys []string, attribute func(string) any, nodes string) string {
	var b strings.Builder
	name = strings.ToLower(name)
	b.WriteString("<" + name)
	for _, key := range sortedLikeJS(keys) {
		fmt.Fprintf(&b, ` %s="%s"`, key, jsString(attribute(key)))
	}
	b.WriteString(">" + nodes + "</" + name + ">")
	return b.String()
}

// String returns the text as yjs prints it: each format is an element around
// it, an object's properties are its attributes, and nothing is escaped.
func (x *XmlText) String() string { return printRichText(x.Delta(), jsString) }

// printRichText prints insertions; object prints what is not text.
func printRichText(ops []Delta, object func(any) string) string {
	var b strings.Builder
	for _, op := range ops {
		formats := slices.Clone(op.Attributes)
		slices.SortFunc(formats, func(a, b Attribute) int { return compareLikeJS(a.Key, b.Key) })
		for _, f := range formats {
			b.WriteString("<" + f.Key)
			attrs := jsProperties(f.Value)
			for _, key := range sortedLikeJS(slices.Collect(maps.Keys(attrs))) {
				fmt.Fprintf(&b, ` %s="%s"`, key, jsString(attrs[key]))
			}
			b.WriteString(">")
		}
		b.WriteString(object(op.Insert))
		for _, f := range slices.Backward(formats) {
			b.WriteString("</" + f.Key + ">")
		}
	}
	return b.String()
}

// Name returns the hook's name.
func (h *XmlHook) Name() string { return h.name }

func (f *XmlFragment) shape() (typeKind, string) { return typeXmlFragment, "" }
func (e *XmlElement) shape() (typeKind, string)  { return typeXmlElement, e.name }
func (x *XmlText) shape() (typeKind, string)     { return typeXmlText, "" }
func (h *XmlHook) shape() (typeKind, string)     { return typeXmlHook, h.name }

func (e *XmlElement) begin(t *Transaction, ref typeRef) {
	e.XmlFragment.begin(t, ref)
	for _, a := range e.initialAttrs {
		e.setKey(t, a.key, a.value)
	}
	e.initialAttrs = nil
}

// jsString is JavaScript's String() of a value.
func jsString(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case lib0.Undefined:
		return "undefined"
	case string:
		return v
	case float64:
		return string(lib0.AppendJSNumber(nil, v))
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			if _, undefined := e.(lib0.Undefined); e != nil && !undefined {
				parts[i] = jsString(e)
			}
		}
		return strings.Join(parts, ",")
	case []byte:
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", ","), "[]")
	case map[string]any, *Map, *XmlHook, *Array, Subdoc:
		return "[object Object]"
	}
	return fmt.Sprint(value)
}

// jsProperties returns what JavaScript's for…in lists of a format's value.
func jsProperties(value any) map[string]any {
	props := map[string]any{}
	switch v := value.(type) {
	case map[string]any:
		return v
	case []any:
		for i, e := range v {
			props[fmt.Sprint(i)] = e
		}
	case string: // in UTF-16 units; half a pair prints as U+FFFD
		i := 0
		for _, r := range v {
			props[fmt.Sprint(i)] = string(r)
			if i++; r > 0xffff {
				props[fmt.Sprint(i-1)], props[fmt.Sprint(i)] = replacement, replacement
				i++
			}
		}
	}
	return props
}

// sortedLikeJS sorts strings by their UTF-16 units, as JavaScript does.
func sortedLikeJS(keys []string) []string {
	keys = slices.Clone(keys)
	slices.SortFunc(keys, compareLikeJS)
	return keys
}

func compareLikeJS(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if x, y := a[i], b[i]; x != y {
			// Surrogates sort before U+E000 to U+FFFF, UTF-8 has them behind.
			if xPair, yPair := x >= 0xf0, y >= 0xf0; xPair != yPair && min(x, y) >= 0xee {
				return cmp.Compare(y, x)
			}
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}
