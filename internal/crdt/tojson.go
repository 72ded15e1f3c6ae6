package crdt

// ToJSON returns what a type holds without shared types: map[string]any for a Map
// or XmlHook, []any for an Array, a string for text and XML, and so on in them.
// Other values are those of [Map.Get]; [lib0.Undefined], [lib0.BigInt], bytes and
// [Subdoc]s stay what they are (yjs v13.6: toJSON).
func ToJSON(t Type) any {
	switch t := t.(type) {
	case *Map:
		return t.toJSON()
	case *XmlHook:
		return t.toJSON()
	case *Array:
		values := t.Values()
		for i, v := range values {
			values[i] = unshared(v)
		}
		return values
	}
	return jsString(t) // text and XML
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

func (m *Map) toJSON() map[string]any {
	entries := map[string]any{}
	for key, v := range m.All() {
		entries[key] = unshared(v)
	}
	return entries
}

func unshared(value any) any {
	if t, ok := value.(Type); ok {
		return ToJSON(t)
	}
	return value
}
