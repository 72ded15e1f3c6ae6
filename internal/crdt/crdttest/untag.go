package crdttest

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/lib0"
)

// untag returns the value that tagged JSON stands for, to be put into a Doc.
// Shared types are new. Plain objects become [lib0.Raw], which keeps the order
// of their keys.
func untag(j any) any {
	switch v := j.(type) {
	case []any:
		return raw(v)
	case object:
		if v.has("$") {
			return untagType(v)
		}
		return raw(v)
	}
	return j
}

func untagList(j any) []any {
	list, _ := j.([]any)
	values := make([]any, len(list))
	for i, v := range list {
		values[i] = untag(v)
	}
	return values
}

func untagType(o object) any {
	switch v := o.get("v"); o.get("$") {
	case "undefined":
		return lib0.Undefined{}
	case "-0":
		return math.Copysign(0, -1)
	case "number":
		f, err := strconv.ParseFloat(v.(string), 64)
		if err != nil {
			panic(err)
		}
		return f
	case "bigint":
		n, err := strconv.ParseInt(v.(string), 10, 64)
		if err != nil {
			panic(err)
		}
		return lib0.BigInt(n)
	case "bytes":
		b, err := base64.StdEncoding.DecodeString(v.(string))
		if err != nil {
			panic(err)
		}
		return b
	case "Text":
		x := &crdt.Text{}
		fillText(x, o)
		return x
	case "XmlText":
		x := &crdt.XmlText{}
		fillText(&x.Text, o)
		return x
	case "Array":
		return crdt.NewArray(untagList(v)...)
	case "Map":
		m := crdt.NewMap()
		fillMap(m, v)
		return m
	case "XmlHook":
		h := crdt.NewXmlHook(o.get("name").(string))
		fillMap(&h.Map, v)
		return h
	case "XmlElement":
		e := crdt.NewXmlElement(o.get("name").(string), untagList(v)...)
		setAttributes(e, o)
		return e
	case "XmlFragment":
		return crdt.NewXmlFragment(untagList(v)...)
	case "Doc":
		options := map[string]any{}
		for _, key := range []string{"gc", "autoLoad", "meta"} {
			if o.has(key) {
				options[key] = untag(o.get(key))
			}
		}
		return crdt.Subdoc{GUID: o.get("guid").(string), Options: options}
	}
	panic("unknown tag")
}

func fillText(x *crdt.Text, o object) {
	if ops := deltaOf(o.get("v")); len(ops) > 0 {
		x.ApplyDelta(nil, ops, false)
	}
	setAttributes(x, o)
}

func fillMap(m *crdt.Map, v any) {
	entries, _ := v.(object)
	for _, e := range inJSOrder(entries) {
		m.Set(nil, e.key, untag(e.value))
	}
}

func setAttributes(t attributed, o object) {
	attrs, _ := o.get("attrs").(object)
	for _, a := range inJSOrder(attrs) {
		t.SetAttribute(nil, a.key, untag(a.value))
	}
}

// inJSOrder returns the members of an object as JavaScript lists them.
func inJSOrder(o object) object {
	o = slices.Clone(o)
	slices.SortStableFunc(o, func(a, b member) int { return lib0.CompareKeys(a.key, b.key) })
	return o
}

// raw encodes an array or a plain object.
func raw(j any) lib0.Raw {
	var b []byte
	switch v := j.(type) {
	case []any:
		b = lib0.AppendArrayHead(b, uint64(len(v)))
		for _, e := range v {
			b = appendAny(b, untag(e))
		}
	case object:
		b = lib0.AppendObjectHead(b, uint64(len(v)))
		for _, m := range inJSOrder(v) {
			b = appendAny(lib0.AppendString(b, m.key), untag(m.value))
		}
	}
	return b
}

func appendAny(b []byte, v any) []byte {
	b, err := lib0.AppendAny(b, v)
	if err != nil {
		panic(err)
	}
	return b
}
