package crdttest

import (
	"fmt"
	"math/rand/v2"

	"grimoire/internal/crdt"
)

// editor edits Docs at random: the roots of randomRoots and what it put there.
type editor struct {
	rng *rand.Rand

	// Both make even yjs depend on the order of delivery; and a pair that an edit
	// splits is lost, for the past too.
	formats bool
	pairs   bool // characters of two UTF-16 units
}

var randomRoots = map[string]string{"text": "text", "list": "array", "map": "map", "xml": "xml"}

// newEditor returns an editor without formats and pairs.
func newEditor(seed uint64) *editor {
	return &editor{rng: rand.New(rand.NewPCG(seed, 1))}
}

// edit does one to three edits in a transaction.
func (e *editor) edit(d *crdt.Doc, origin any) {
	d.Transact(origin, func(t *crdt.Transaction) {
		for range 1 + e.rng.IntN(3) {
			e.change(t, d)
		}
	})
}

func (e *editor) change(t *crdt.Transaction, d *crdt.Doc) {
	switch e.rng.IntN(5) {
	case 0, 1:
		e.text(t, d.Text("text"))
	case 2:
		e.list(t, d.Array("list"))
	case 3:
		e.entry(t, d.Map("map"))
	default:
		e.nodes(t, d.XmlFragment("xml"))
	}
}

func (e *editor) pick(values ...any) any { return values[e.rng.IntN(len(values))] }

func (e *editor) text(t *crdt.Transaction, x *crdt.Text) {
	i, rest := e.rng.IntN(x.Len()+1), 0
	rest = x.Len() - i
	switch op := e.rng.IntN(10); {
	case op < 3 && rest > 0:
		x.Delete(t, i, 1+e.rng.IntN(min(rest, 4)))
	case op < 5 && rest > 0 && e.formats:
		x.Format(t, i, 1+e.rng.IntN(rest), e.attributes())
	case op == 5 && e.formats:
		x.InsertEmbed(t, i, e.pick(map[string]any{"image": "x"}, 7.0, crdt.NewMap()), e.attributes())
	case op == 6 && e.formats:
		x.InsertWith(t, i, e.word(), e.attributes())
	default:
		x.Insert(t, i, e.word())
	}
}

func (e *editor) word() string {
	words := []any{"a", "bc", "hello ", "ü", "日本"}
	if e.pairs {
		words = append(words, "x😀y")
	}
	return e.pick(words...).(string)
}

func (e *editor) attributes() crdt.Attributes {
	return crdt.Attributes{{Key: e.pick("bold", "em").(string), Value: e.pick(true, nil, "x", map[string]any{"a": 1.0})}}
}

func (e *editor) list(t *crdt.Transaction, l *crdt.Array) {
	i := e.rng.IntN(l.Len() + 1)
	if rest := l.Len() - i; rest > 0 && e.rng.IntN(3) == 0 {
		l.Delete(t, i, 1+e.rng.IntN(min(rest, 3)))
		return
	}
	l.Insert(t, i, e.value(0), e.value(0))
}

func (e *editor) entry(t *crdt.Transaction, m *crdt.Map) {
	key := e.pick("a", "b", "c").(string)
	switch inner, _ := m.Get(key); inner := inner.(type) {
	case *crdt.Map:
		if e.rng.IntN(3) > 0 {
			e.entry(t, inner)
			return
		}
	case *crdt.Text:
		if e.rng.IntN(3) > 0 {
			e.text(t, inner)
			return
		}
	}
	if e.rng.IntN(4) == 0 {
		m.Delete(t, key)
		return
	}
	m.Set(t, key, e.value(0))
}

func (e *editor) nodes(t *crdt.Transaction, f *crdt.XmlFragment) {
	i := e.rng.IntN(f.Len() + 1)
	switch rest := f.Len() - i; {
	case rest > 0 && e.rng.IntN(3) == 0:
		f.Delete(t, i, 1)
	case rest > 0 && e.rng.IntN(2) == 0:
		if p, ok := f.Get(i).(*crdt.XmlElement); ok {
			p.SetAttribute(t, e.pick("id", "class").(string), fmt.Sprint(e.rng.IntN(5)))
			e.nodes(t, &p.XmlFragment)
		}
	default:
		f.Insert(t, i, crdt.NewXmlElement("p", crdt.NewXmlText("in")))
	}
}

func (e *editor) value(depth int) any {
	switch e.rng.IntN(9 - 3*min(depth, 1)) {
	case 0:
		return nil
	case 1:
		return float64(e.rng.IntN(1000))
	case 2:
		return e.pick(true, -0.5, "text", []byte{1, 2})
	case 3, 4, 5:
		return []any{"x", map[string]any{"k": 1.0}}
	case 6:
		return crdt.NewText("nested")
	case 7:
		return crdt.NewArray(e.value(1), e.value(1))
	default:
		m := crdt.NewMap()
		m.Set(nil, "a", e.value(1))
		return m
	}
}
