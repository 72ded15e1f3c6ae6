package annotation

import (
	"unicode/utf16"

	"grimoire/internal/crdt"
)

// anchors asks whether the highlights of others that the update moves lie on
// their quotes afterwards. Undo needs that: it writes text anew, and whoever
// undoes moves everybody's anchors onto it.
func (c *check) anchors() error {
	if len(c.moved) == 0 {
		return nil
	}
	after := c.doc
	if c.changesText() { // which only an editor may; the copy costs as much as a load
		var err error
		if after, err = c.changes.Applied(); err != nil {
			return err
		}
	}
	for id := range c.moved {
		entry := getMap(c.doc.Map(RootHighlights), id)
		if entry == nil {
			continue
		}
		start, end := c.anchor(entry, id, keyStart), c.anchor(entry, id, keyEnd)
		if start == nil || end == nil || start.Assoc < 0 || end.Assoc >= 0 {
			return ErrMisplaced
		}
		quote, _, _ := readQuote(entry)
		text, ok := after.Between(*start.Item, *end.Item, len(utf16.Encode([]rune(quote))))
		if !ok || text != quote {
			return ErrMisplaced
		}
	}
	return nil
}

func (c *check) changesText() bool {
	for _, list := range [][]crdt.Change{c.changes.Items, c.changes.Deletes} {
		for i := range list {
			if p := list[i].Place; p != nil && p.Root == RootText {
				return true
			}
		}
	}
	return false
}

// anchor returns an end of a highlight as it is after the update, nil if that
// is no place at a unit of a text.
func (c *check) anchor(entry *crdt.Map, id, key string) *crdt.RelativePosition {
	value, _ := entry.Get(key)
	isEnd := func(change *crdt.Change) bool {
		p := change.Place
		if p == nil || p.Root != RootHighlights || p.Key != key {
			return false
		}
		path := p.Path()
		return len(path) == 2 && path[0].Key == id
	}
	gone := map[crdt.ID]bool{}
	for i := range c.changes.Deletes {
		if change := &c.changes.Deletes[i]; isEnd(change) {
			gone[change.ID], value = true, nil
		}
	}
	for i := range c.changes.Items { // the last one counts
		if change := &c.changes.Items[i]; isEnd(change) && change.Kind != crdt.KindDeleted {
			value = nil
			if values := change.Values(); len(values) == 1 && !gone[change.ID] {
				value = values[0]
			}
		}
	}
	bytes, ok := value.([]byte)
	if !ok {
		return nil
	}
	position, err := crdt.DecodeRelativePosition(bytes)
	if err != nil || position.Item == nil {
		return nil
	}
	return &position
}
