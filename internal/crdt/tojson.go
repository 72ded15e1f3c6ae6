package crdt

// ToJSON returns what a type holds without shared types: map[string]any for a Map
// or XmlHook, []any for an Array, a string for text and XML, and so on in them.
// Other values are those of [Map.Get]; [lib0.Undefined], [lib0.BigInt], bytes and
// [Subdoc]s stay what they are (yjs v13.6: toJSON).
func ToJSON(t Type) any {
	var whole any
	todo := []nested{{t, func(v any) { whole = v }}}
	for len(todo) > 0 {
		todo = pop(&todo).toJSON(todo)
	}
	return whole
}

// ToJSON returns what the roots hold that have been declared, by name: see the
// function ToJSON.
func (d *Doc) ToJSON() map[string]any {
	roots := map[string]any{}
	for _, k := range d.keys {
		if k.root != none && d.types[k.root].kind != typeUnknown {
			roots[k.name] = ToJSON(d.handle(k.root))
		}
	}
	return roots
}

// nested is a type that is still to be read, and where its JSON goes.
type nested struct {
	t   Type
	put func(any)
}

// toJSON puts the JSON of a type in its place and appends the types that it
// holds to todo; they fill their places later.
func (n nested) toJSON(todo []nested) []nested {
	switch t := n.t.(type) {
	case *Map:
		return n.mapJSON(t, todo)
	case *XmlHook:
		return n.mapJSON(&t.Map, todo)
	case *Array:
		values := t.Values()
		n.put(values)
		for i, v := range values {
			if inner, ok := v.(Type); ok {
				todo = append(todo, nested{inner, func(v any) { values[i] = v }})
			}
		}
	default: // text and XML
		n.put(jsString(t))
	}
	return todo
}

func (n nested) mapJSON(m *Map, todo []nested) []nested {
	entries := map[string]any{}
	n.put(entries)
	for key, v := range m.All() {
		entries[key] = v
		if inner, ok := v.(Type); ok {
			todo = append(todo, nested{inner, func(v any) { entries[key] = v }})
		}
	}
	return todo
}
