package crdt

import "grimoire/internal/crdt/lib0"

// textChange works out the delta of a text (yjs v13.6: YTextEvent.delta).
type textChange struct {
	doc *Doc
	v   *delivery
	ops []Delta

	now     attributes // in force here
	old     attributes // what was in force here before
	changes attributes // to give to what is kept

	action         textAction
	text           []byte
	retain, remove uint64
	cleaner        *Transaction // once there is something to tidy up
	outermost      bool
}

type textAction uint8

const (
	noAction textAction = iota
	inserting
	retaining
	deleting
)

func (e *Event) textDelta() []Delta {
	d := e.doc()
	c := textChange{doc: d, v: e.v}
	for slot := d.types[e.id].start; slot != none; slot = d.item(slot).right {
		if d.item(slot).kind() == kindFormat {
			c.format(slot)
		} else {
			c.content(d.item(slot))
		}
	}
	c.flush()
	if c.outermost {
		d.end(c.cleaner)
	}
	for n := len(c.ops); n > 0 && c.ops[n-1].Retain > 0 && c.ops[n-1].Attributes == nil; n-- {
		c.ops = c.ops[:n-1]
	}
	return c.ops
}

// begin makes action the present one.
func (c *textChange) begin(action textAction) {
	if c.action != action {
		c.flush()
		c.action = action
	}
}

// flush ends the present step.
func (c *textChange) flush() {
	d := c.doc
	switch {
	case c.action == inserting && len(c.text) > 0:
		c.ops = append(c.ops, Delta{Insert: string(c.text), Attributes: d.readAttributes(c.now)})
	case c.action == retaining && c.retain > 0:
		c.ops = append(c.ops, Delta{Retain: int(c.retain), Attributes: d.readAttributes(c.changes)})
	case c.action == deleting && c.remove > 0:
		c.ops = append(c.ops, Delta{Delete: int(c.remove)})
	}
	c.action, c.text, c.retain, c.remove = noAction, nil, 0, 0
}

// content steps over text, an embedded object or a type.
func (c *textChange) content(it *item) {
	if !it.countable() {
		return
	}
	switch adds := c.v.adds(it); {
	case adds && c.v.deletes(it):
	case adds && it.kind() == kindString:
		c.begin(inserting)
		c.text = append(c.text, c.doc.bytesOf(it)...)
	case adds:
		c.flush()
		if v := c.doc.value(it, 0); shownByEvents(v) {
			c.ops = append(c.ops, Delta{Insert: v, Attributes: c.doc.readAttributes(c.now)})
		}
	case c.v.deletes(it):
		c.begin(deleting)
		c.remove += it.length()
	case !it.deleted():
		c.begin(retaining)
		c.retain += it.length()
	}
}

// shownByEvents reports whether the delta of an event has an embedded value. Yjs
// asks JavaScript whether it is an object or longer than 0, and so leaves out
// numbers, booleans and what else has no length.
func shownByEvents(value any) bool {
	switch v := value.(type) {
	case bool, float64, lib0.BigInt, lib0.Undefined:
		return false
	case string:
		return v != ""
	}
	return true
}

// format steps over a format, which is new, deleted, or was there before.
func (c *textChange) format(slot int32) {
	d := c.doc
	it := d.item(slot)
	value := d.spans[it.content]
	key := value.aux
	switch adds := c.v.adds(it); {
	case adds && c.v.deletes(it):
	case adds:
		if !d.equalAttrs(d.getOrNull(c.now, key), value) {
			c.endRetain()
			if d.equalAttrs(value, d.getOrNull(c.old, key)) {
				c.changes.remove(key)
			} else {
				c.changes.set(key, value)
			}
		} else if !d.isNull(value) {
			c.tidy(slot)
		}
	case c.v.deletes(it):
		c.old.set(key, value)
		if now := d.getOrNull(c.now, key); !d.equalAttrs(now, value) {
			c.endRetain()
			c.changes.set(key, now)
		}
	case !it.deleted():
		c.old.set(key, value)
		change, ok := c.changes.get(key)
		switch {
		case !ok:
		case d.equalAttrs(change, value):
			if !d.isNull(change) {
				c.tidy(slot)
			}
		default:
			c.endRetain()
			if d.isNull(value) {
				c.changes.remove(key)
			} else {
				c.changes.set(key, value)
			}
		}
	}
	if it = d.item(slot); !it.deleted() {
		if c.action == inserting {
			c.flush()
		}
		d.applyFormat(&c.now, it)
	}
}

func (c *textChange) endRetain() {
	if c.action == retaining {
		c.flush()
	}
}

// tidy deletes a format that has no effect.
func (c *textChange) tidy(slot int32) {
	if c.cleaner == nil {
		c.cleaner, c.outermost = c.doc.begin(nil, true)
	}
	c.cleaner.delete(slot)
}
