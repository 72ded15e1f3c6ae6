package annotation

import (
	"sort"
	"strings"
	"unicode/utf16"

	"grimoire/internal/crdt"
)

// The same figures as in the browser's anchor.ts, in UTF-16 units: how much of what
// stood around a quote has to be there when its own characters are gone, where the
// quote touches the old place and farther off, and how far off that is.
const (
	agreeAtPlace = 12
	agreeFarther = 32
	reach        = 4000
)

// A layout is the text, and where its turns begin.
type layout struct {
	text   *crdt.Text
	units  []uint16
	starts []turnStart // in order
}

type turnStart struct {
	id string
	at int // index of the marker
}

func layoutOf(text *crdt.Text) layout {
	content := text.String()
	l := layout{text: text, units: utf16.Encode([]rune(content))}
	at, seen := 0, 0 // units and bytes
	for _, m := range markerPattern.FindAllStringSubmatchIndex(content, -1) {
		at += len(utf16.Encode([]rune(content[seen:m[0]])))
		seen = m[0]
		l.starts = append(l.starts, turnStart{content[m[2]:m[3]], at})
	}
	return l
}

// turnAt returns the id of the turn that the unit at an index belongs to, "" before
// the first one.
func (l *layout) turnAt(index int) string {
	i := sort.Search(len(l.starts), func(i int) bool { return l.starts[i].at > index })
	if i == 0 {
		return ""
	}
	return l.starts[i-1].id
}

// ends are the first and the last unit of a highlight; nil: nothing that can be read.
type ends struct{ start, end *crdt.ID }

func readEnds(m *crdt.Map) (e ends) {
	for key, id := range map[string]**crdt.ID{keyStart: &e.start, keyEnd: &e.end} {
		if bytes, ok := get[[]byte](m, key); ok {
			if position, err := crdt.DecodeRelativePosition(bytes); err == nil {
				*id = position.Item
			}
		}
	}
	return e
}

// setTurns says of each highlight in which turn it begins. One whose text was
// deleted is in none: words that look alike elsewhere are not what was marked. As
// undo writes text anew, the quote is looked for around the place where it stood.
func (l *layout) setTurns(highlights []Highlight, places []ends) {
	ids := make([]crdt.ID, 0, 2*len(places))
	for _, e := range places {
		for _, id := range []*crdt.ID{e.start, e.end} {
			if id == nil {
				id = &crdt.ID{Clock: 1<<53 - 1} // of which there is no unit
			}
			ids = append(ids, *id)
		}
	}
	units := l.text.Units(ids)
	for i := range highlights {
		if at, ok := l.placeOf(highlights[i], units[2*i], units[2*i+1]); ok {
			highlights[i].Turn = l.turnAt(at)
		}
	}
}

// placeOf returns the index at which a highlight begins (anchor.ts: placeOf).
func (l *layout) placeOf(h Highlight, start, end crdt.TextUnit) (at int, ok bool) {
	if !start.Alive || !end.Alive {
		place := max(0, end.Index)
		if !start.Alive && start.Index >= 0 {
			place = start.Index
		}
		if at, ok := l.quoteNear(h, place); ok {
			return at, true
		}
	}
	if end.Alive {
		end.Index++ // it is the last unit
	}
	return start.Index, start.Index >= 0 && start.Index < end.Index
}

// quoteNear returns the index of the quote of a highlight around a place, between
// what stood around it.
func (l *layout) quoteNear(h Highlight, place int) (at int, ok bool) {
	exact, prefix, suffix := utf16.Encode([]rune(h.Exact)), utf16.Encode([]rune(h.Prefix)), utf16.Encode([]rune(h.Suffix))
	if len(exact) == 0 {
		return 0, false
	}
	for _, try := range []struct{ agree, left, right int }{ // how far from the place it may begin
		{agreeAtPlace, len(exact), 0},
		{agreeFarther, reach, reach},
	} {
		before := prefix[max(0, len(prefix)-try.agree):]
		after := suffix[:min(len(suffix), try.agree)]
		low := max(0, place-try.left-len(before))
		high := min(len(l.units), place+try.right+len(exact)+len(after))
		if low >= high {
			continue
		}
		around := decoded(l.units[low:high])
		if i := strings.Index(around, decoded(before)+h.Exact+decoded(after)); i >= 0 {
			return low + len(utf16.Encode([]rune(around[:i]))) + len(before), true
		}
	}
	return 0, false
}

func decoded(units []uint16) string { return string(utf16.Decode(units)) }
