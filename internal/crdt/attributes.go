package crdt

import (
	"math"

	"grimoire/internal/crdt/lib0"
)

// attributes are the formats in force at some place of a text, in the order in
// which they came into force. Values are spans of the arena that hold an Any.
type attributes []attribute

type attribute struct {
	key   uint32
	value span
}

// get returns the value of key; ok is false if there is none.
func (a attributes) get(key uint32) (value span, ok bool) {
	for _, x := range a {
		if x.key == key {
			return x.value, true
		}
	}
	return span{}, false
}

func (a *attributes) set(key uint32, value span) {
	for i := range *a {
		if (*a)[i].key == key {
			(*a)[i].value = value
			return
		}
	}
	*a = append(*a, attribute{key, value})
}

func (a *attributes) remove(key uint32) {
	for i := range *a {
		if (*a)[i].key == key {
			*a = append((*a)[:i:i], (*a)[i+1:]...)
			return
		}
	}
}

// getOrNull returns the value of key, or null.
func (d *Doc) getOrNull(a attributes, key uint32) span {
	if v, ok := a.get(key); ok {
		return v
	}
	return d.nullSpan()
}

// nullSpan returns a span that holds null.
func (d *Doc) nullSpan() span {
	if d.null.n == 0 {
		d.null = d.hold(anyNull)
	}
	return d.null
}

func (d *Doc) isNull(v span) bool { return string(d.spanBytes(v)) == string(anyNull) }

// applyFormat puts a Format into force (yjs: updateCurrentAttributes).
func (d *Doc) applyFormat(a *attributes, it *item) {
	v := d.spans[it.content]
	if d.isNull(v) {
		a.remove(v.aux)
		return
	}
	a.set(v.aux, v)
}

// identical is JavaScript's === of two values: objects are identical only if
// they are the same one.
func (d *Doc) identical(a, b span) bool {
	if a.off == b.off {
		return true
	}
	return samePrimitive(d.spanBytes(a), d.spanBytes(b))
}

// samePrimitive is === of two values that are not the same object.
func samePrimitive(a, b []byte) bool {
	ra, rb := lib0.NewReader(a), lib0.NewReader(b)
	if lib0.IsObject(a) || lib0.IsObject(b) {
		return false
	}
	if string(a) == string(b) {
		f, isNumber := ra.Value().(float64)
		return !isNumber || !math.IsNaN(f)
	}
	x, okA := ra.Value().(float64) // 0 and -0
	y, okB := rb.Value().(float64)
	return okA && okB && x == y
}

// equalAttrs compares two values of a format: objects by their properties, one
// level deep (yjs: equalAttrs, lib0 object.equalFlat).
func (d *Doc) equalAttrs(a, b span) bool {
	if d.identical(a, b) {
		return true
	}
	x, y := d.spanBytes(a), d.spanBytes(b)
	if !lib0.IsObject(x) || !lib0.IsObject(y) {
		return false
	}
	px, py := lib0.Properties(x), lib0.Properties(y)
	if len(px) != len(py) {
		return false
	}
	for key, v := range px {
		if w, ok := py[key]; !ok || !samePrimitive(v, w) {
			return false
		}
	}
	return true
}
