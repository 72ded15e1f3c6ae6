package crdttest

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/lib0"
)

// Tagged returns a value of a Doc in the oracle's tagged JSON, as encoding/json
// decodes it: everything yjs can hold, without loss. See oracle/README.md.
func Tagged(value any) any {
	switch v := value.(type) {
	case lib0.Undefined:
		return tag("undefined")
	case lib0.BigInt:
		return tag("bigint", "v", strconv.FormatInt(int64(v), 10))
	case float64:
		switch {
		case v == 0 && math.Signbit(v):
			return tag("-0")
		case math.IsNaN(v) || math.IsInf(v, 0):
			return tag("number", "v", string(lib0.AppendJSNumber(nil, v)))
		}
		return v
	case []byte:
		return tag("bytes", "v", base64.StdEncoding.EncodeToString(v))
	case []any:
		return taggedList(v)
	case map[string]any:
		return taggedObject(v)
	case *crdt.XmlText:
		return withAttributes(tag("XmlText", "v", taggedDelta(&v.Text)), v.Attributes(), v.Attribute)
	case *crdt.Text:
		return withAttributes(tag("Text", "v", taggedDelta(v)), v.Attributes(), v.Attribute)
	case *crdt.XmlHook:
		return tag("XmlHook", "name", v.Name(), "v", taggedMap(&v.Map))
	case *crdt.Map:
		return tag("Map", "v", taggedMap(v))
	case *crdt.XmlElement:
		return withAttributes(tag("XmlElement", "name", v.Name(), "v", taggedList(v.Values())), v.Attributes(), v.Attribute)
	case *crdt.XmlFragment:
		return tag("XmlFragment", "v", taggedList(v.Values()))
	case *crdt.Array:
		return tag("Array", "v", taggedList(v.Values()))
	case crdt.Subdoc:
		doc := tag("Doc", "guid", v.GUID)
		for key, option := range v.Options {
			doc[key] = Tagged(option)
		}
		return doc
	}
	return value
}

func tag(name string, fields ...any) map[string]any {
	out := map[string]any{"$": name}
	for i := 0; i < len(fields); i += 2 {
		out[fields[i].(string)] = fields[i+1]
	}
	return out
}

func taggedList(values []any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = Tagged(v)
	}
	return out
}

func taggedObject(object map[string]any) any {
	out := map[string]any{}
	for key, v := range object {
		out[key] = Tagged(v)
	}
	if _, clash := object["$"]; clash {
		panic("an object with the key $ is not part of the cases")
	}
	return out
}

func taggedMap(m *crdt.Map) map[string]any {
	out := map[string]any{}
	for _, key := range m.Keys() {
		v, _ := m.Get(key)
		out[key] = Tagged(v)
	}
	return out
}

func taggedDelta(x *crdt.Text) []any { return taggedOps(x.Delta(), Tagged) }

// taggedOps returns insertions, each value as tagged says.
func taggedOps(ops []crdt.Delta, tagged func(any) any) []any {
	out := []any{}
	for _, op := range ops {
		j := map[string]any{"insert": tagged(op.Insert)}
		if op.Attributes != nil {
			j["attributes"] = taggedAttributes(op.Attributes)
		}
		out = append(out, j)
	}
	return out
}

func taggedAttributes(attrs crdt.Attributes) any {
	out := map[string]any{}
	for _, a := range attrs {
		out[a.Key] = Tagged(a.Value)
	}
	return out
}

func withAttributes(j map[string]any, keys []string, get func(string) (any, bool)) any {
	if len(keys) == 0 {
		return j
	}
	attrs := map[string]any{}
	for _, key := range keys {
		v, _ := get(key)
		attrs[key] = Tagged(v)
	}
	j["attrs"] = attrs
	return j
}

// root returns the root of a name as the type of its kind.
func root(d *crdt.Doc, name, kind string) crdt.Type {
	switch kind {
	case "text":
		return d.Text(name)
	case "map":
		return d.Map(name)
	case "array":
		return d.Array(name)
	case "xml":
		return d.XmlFragment(name)
	case "xmlelement":
		return d.XmlElement(name)
	case "xmltext":
		return d.XmlText(name)
	}
	panic("unknown root kind " + kind)
}

// locate follows a path: root name, root kind, then indexes and keys.
func locate(d *crdt.Doc, path []any) crdt.Type {
	t := root(d, path[0].(string), path[1].(string))
	for _, step := range path[2:] {
		t = child(t, step).(crdt.Type)
	}
	return t
}

// child returns what is at an index or under a key of a type; in a text an
// index counts units.
func child(t crdt.Type, step any) any {
	switch t := t.(type) {
	case *crdt.Map:
		v, _ := t.Get(step.(string))
		return v
	case *crdt.XmlHook:
		v, _ := t.Get(step.(string))
		return v
	case *crdt.Array:
		return t.Get(int(step.(float64)))
	case *crdt.XmlFragment:
		return t.Get(int(step.(float64)))
	case *crdt.XmlElement:
		return t.Get(int(step.(float64)))
	case *crdt.Text:
		return embedded(t, int(step.(float64)))
	case *crdt.XmlText:
		return embedded(&t.Text, int(step.(float64)))
	}
	panic("a path ends early")
}

func embedded(x *crdt.Text, offset int) any {
	at := 0
	for _, op := range x.Delta() {
		if at == offset {
			if _, isText := op.Insert.(string); !isText {
				return op.Insert
			}
		}
		if s, isText := op.Insert.(string); isText {
			at += lib0.UTF16Len([]byte(s))
		} else {
			at++
		}
	}
	panic("no embedded type there")
}

// canonical returns JSON with its keys sorted.
func canonical(j any) string {
	b, err := json.Marshal(j)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// canonicalText is canonical of a JSON text.
func canonicalText(text json.RawMessage) string {
	var j any
	if err := json.Unmarshal(text, &j); err != nil {
		panic(err)
	}
	return canonical(j)
}
