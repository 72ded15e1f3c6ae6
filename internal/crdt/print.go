package crdt

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"grimoire/internal/crdt/lib0"
)

// state tells what types hold: now, or at the Snapshot of a View.
type state interface {
	Values(t Type) []any
	Keys(t Type) []string
	Get(t Type, key string) (value any, ok bool)
	Delta(t Type) []Delta
}

var _ state = (*View)(nil)

// now is the state that the handles of XML types and texts show.
type now struct{}

func (now) Values(t Type) []any                { return t.(interface{ Values() []any }).Values() }
func (now) Keys(t Type) []string               { return t.(*XmlElement).Attributes() }
func (now) Get(t Type, key string) (any, bool) { return t.(*XmlElement).Attribute(key) }
func (now) Delta(t Type) []Delta               { return t.(interface{ Delta() []Delta }).Delta() }

// printed returns a value as JavaScript's String() shows it. What is still to be
// printed is kept in a list, for types may nest deeper than calls.
func printed(s state, value any) string {
	var b strings.Builder
	todo := []any{value} // the next one is the last
	for len(todo) > 0 {
		switch next := pop(&todo); next.(type) {
		case *Text, *XmlText, *XmlElement, *XmlFragment:
			parts := partsOf(s, next.(Type))
			slices.Reverse(parts)
			todo = append(todo, parts...)
		default:
			b.WriteString(jsString(next))
		}
	}
	return b.String()
}

// partsOf returns what is printed for a text or an XML type, in order: strings, and
// values that are to be printed themselves.
func partsOf(s state, t Type) []any {
	switch t := t.(type) {
	case *XmlElement:
		name := strings.ToLower(t.name)
		parts := []any{"<" + name}
		for _, key := range sortedLikeJS(s.Keys(t)) {
			value, _ := s.Get(t, key)
			parts = append(parts, " "+key+`="`, value, `"`)
		}
		parts = append(parts, ">")
		parts = append(parts, s.Values(t)...)
		return append(parts, "</"+name+">")
	case *XmlFragment:
		return s.Values(t)
	case *XmlText:
		var parts []any
		for _, op := range s.Delta(t) {
			parts = appendFormatted(parts, op)
		}
		return parts
	}
	var text []any
	for _, op := range s.Delta(t) {
		if _, ok := op.Insert.(string); ok {
			text = append(text, op.Insert)
		}
	}
	return text
}

// appendFormatted appends an insertion with an element for each of its formats
// around it.
func appendFormatted(parts []any, op Delta) []any {
	formats := slices.Clone(op.Attributes)
	slices.SortFunc(formats, func(a, b Attribute) int { return compareLikeJS(a.Key, b.Key) })
	for _, f := range formats {
		parts = append(parts, "<"+f.Key)
		attrs := jsProperties(f.Value)
		for _, key := range sortedLikeJS(slices.Collect(maps.Keys(attrs))) {
			parts = append(parts, " "+key+`="`, attrs[key], `"`)
		}
		parts = append(parts, ">")
	}
	parts = append(parts, op.Insert)
	for _, f := range slices.Backward(formats) {
		parts = append(parts, "</"+f.Key+">")
	}
	return parts
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
