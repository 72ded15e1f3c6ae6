package crdttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"grimoire/internal/crdt"
)

// step is one step of a client's history: an edit, an update applied, something its
// UndoManager does, or relative positions that it made or resolved; the updates that the client's Doc emitted, and what the
// UndoManager told.
type step struct {
	Client int             `json:"c"`
	Ops    json.RawMessage `json:"ops"`
	Origin string          `json:"origin"`
	Apply  []byte          `json:"apply"`
	Undo   string          `json:"undo"`

	Mark  *madePosition      `json:"mark"`
	Found []resolvedPosition `json:"found"`

	Updates [][]byte        `json:"updates"`
	V2      [][]byte        `json:"updatesV2"`
	Told    json.RawMessage `json:"told"`
}

// history replays what each client did: the Docs must emit the updates that
// yjs emitted.
func (k *checker) history() {
	if len(k.c.Steps) == 0 {
		return
	}
	k.t.Histories++
	clients := make([]*historian, len(k.c.Clients))
	for i, c := range k.c.Clients {
		clients[i] = newHistorian(c.ID, c.GC, c.Undo, k.c.Roots)
	}
	for n, s := range k.c.Steps {
		h := clients[s.Client]
		h.emitted, h.emittedV2, h.told = nil, nil, []any{}
		if s.Mark != nil {
			k.positions(h.doc, []madePosition{*s.Mark}, nil)
			continue
		}
		if s.Found != nil {
			k.positions(h.doc, nil, s.Found)
			continue
		}
		if err := h.do(&s); err != nil {
			k.fault("step %d: %v", n, err)
			return
		}
		k.equal(fmt.Sprintf("number of updates of step %d", n), len(h.emitted), len(s.Updates))
		for i, u := range h.emitted {
			if i < len(s.Updates) {
				k.equal(fmt.Sprintf("update %d of step %d", i, n), u, s.Updates[i])
				k.equal(fmt.Sprintf("update %d of step %d in v2", i, n), h.emittedV2[i], s.V2[i])
			}
		}
		if h.undo != nil {
			k.equal(fmt.Sprintf("what the UndoManager tells of step %d", n), canonical(h.told), canonicalText(s.Told))
		}
		if err := h.doc.Check(); err != nil {
			k.fault("invariants after step %d: %v", n, err)
			return
		}
	}
}

func (c *Case) rawSteps() []byte {
	var all []byte
	for _, s := range c.Steps {
		all = append(all, s.Ops...)
	}
	return all
}

// historian is a client whose history is replayed.
type historian struct {
	doc       *crdt.Doc
	undo      *crdt.UndoManager
	emitted   [][]byte
	emittedV2 [][]byte
	told      []any
}

func newHistorian(id uint64, gc bool, undo *undoOptions, roots map[string]string) *historian {
	h := &historian{doc: crdt.New(crdt.Options{ClientID: 1, NoGC: !gc})}
	h.doc.SetClientID(id)
	h.doc.OnUpdate(func(u []byte, _ any) { h.emitted = append(h.emitted, u) })
	h.doc.OnUpdateV2(func(u []byte, _ any) { h.emittedV2 = append(h.emittedV2, u) })
	declare(h.doc, roots)
	if undo != nil {
		h.track(undo, roots)
	}
	return h
}

func (h *historian) do(s *step) (err error) {
	switch {
	case s.Apply != nil:
		return h.doc.Apply(s.Apply, "sync")
	case s.Undo != "":
		h.steer(s.Undo)
	default:
		ops, err := parseOrdered(s.Ops)
		if err != nil {
			return err
		}
		h.doc.Transact(s.Origin, func(t *crdt.Transaction) {
			for _, op := range ops.([]any) {
				h.edit(t, op.(object))
			}
		})
	}
	return nil
}

// edit does one op of an edit script, see oracle/README.md.
func (h *historian) edit(t *crdt.Transaction, op object) {
	target := locate(h.doc, op.get("at").([]any))
	switch name := op.get("op"); name {
	case "insert", "push", "embed", "format", "delta", "delete":
		if x := textOf(target); x != nil {
			editText(t, x, op)
		} else if m := mapOf(target); m != nil {
			m.Delete(t, op.get("k").(string))
		} else {
			editList(t, target.(list), op)
		}
	case "insertAfter":
		f := fragmentOf(target)
		var node crdt.Type
		if i := op.int("i"); i >= 0 {
			node = f.Get(i).(crdt.Type)
		}
		f.InsertAfter(t, node, untagList(op.get("v"))...)
	case "clone":
		copied := crdt.Clone(locate(h.doc, op.get("from").([]any)))
		if m := mapOf(target); m != nil {
			m.Set(t, op.get("k").(string), copied)
		} else {
			target.(list).Insert(t, op.int("i"), copied)
		}
	case "cleanup":
		textOf(target).CleanUpFormats(t)
	case "legacyJSON":
		target.(legacy).PushLegacyJSON(t, untagList(op.get("v"))...)
	case "set":
		mapOf(target).Set(t, op.get("k").(string), untag(op.get("v")))
	case "clear":
		mapOf(target).Clear(t)
	case "setAttr":
		target.(attributed).SetAttribute(t, op.get("k").(string), untag(op.get("v")))
	case "removeAttr":
		target.(attributed).RemoveAttribute(t, op.get("k").(string))
	default:
		panic(fmt.Sprintf("unknown op %v", name))
	}
}

type list interface {
	Insert(t *crdt.Transaction, i int, values ...any)
	Push(t *crdt.Transaction, values ...any)
	Delete(t *crdt.Transaction, i, n int)
	Len() int
}

type legacy interface {
	PushLegacyJSON(t *crdt.Transaction, values ...any)
}

type attributed interface {
	SetAttribute(t *crdt.Transaction, key string, value any)
	RemoveAttribute(t *crdt.Transaction, key string)
}

func textOf(t crdt.Type) *crdt.Text {
	switch t := t.(type) {
	case *crdt.Text:
		return t
	case *crdt.XmlText:
		return &t.Text
	}
	return nil
}

func mapOf(t crdt.Type) *crdt.Map {
	switch t := t.(type) {
	case *crdt.Map:
		return t
	case *crdt.XmlHook:
		return &t.Map
	}
	return nil
}

func editText(t *crdt.Transaction, x *crdt.Text, op object) {
	switch op.get("op") {
	case "insert":
		if s := op.get("s").(string); op.has("attrs") {
			x.InsertWith(t, op.int("i"), s, op.attributes("attrs"))
		} else {
			x.Insert(t, op.int("i"), s)
		}
	case "embed":
		x.InsertEmbed(t, op.int("i"), untag(op.get("v")), op.attributes("attrs"))
	case "format":
		x.Format(t, op.int("i"), op.int("n"), op.attributes("attrs"))
	case "delete":
		i := op.int("i")
		x.Delete(t, i, min(op.int("n"), x.Len()-i))
	case "delta":
		sanitize, given := op.get("sanitize").(bool)
		x.ApplyDelta(t, deltaOf(op.get("v")), sanitize || !given)
	}
}

func editList(t *crdt.Transaction, l list, op object) {
	switch op.get("op") {
	case "insert":
		l.Insert(t, op.int("i"), untagList(op.get("v"))...)
	case "push":
		l.Push(t, untagList(op.get("v"))...)
	case "delete":
		l.Delete(t, op.int("i"), op.int("n"))
	}
}

func deltaOf(v any) []crdt.Delta {
	var ops []crdt.Delta
	list, _ := v.([]any)
	for _, e := range list {
		j := e.(object)
		op := crdt.Delta{Attributes: j.attributes("attributes")}
		if j.has("insert") {
			op.Insert = untag(j.get("insert"))
		}
		op.Retain, op.Delete = j.int("retain"), j.int("delete")
		ops = append(ops, op)
	}
	return ops
}

// object is a JSON object with its keys in order.
type object []member

type member struct {
	key   string
	value any
}

func (o object) index(key string) int {
	return slices.IndexFunc(o, func(m member) bool { return m.key == key })
}

func (o object) has(key string) bool { return o.index(key) >= 0 }

func (o object) get(key string) any {
	if i := o.index(key); i >= 0 {
		return o[i].value
	}
	return nil
}

// int returns a number, or 0 if there is none.
func (o object) int(key string) int {
	f, _ := o.get(key).(float64)
	return int(f)
}

// attributes returns formats, never nil.
func (o object) attributes(key string) crdt.Attributes {
	attrs := crdt.Attributes{}
	formats, _ := o.get(key).(object)
	for _, m := range formats {
		attrs = append(attrs, crdt.Attribute{Key: m.key, Value: untag(m.value)})
	}
	return attrs
}

// parseOrdered reads JSON, objects as object.
func parseOrdered(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	return readOrdered(dec)
}

func readOrdered(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		values := []any{}
		for dec.More() {
			v, err := readOrdered(dec)
			if err != nil {
				return nil, err
			}
			values = append(values, v)
		}
		_, err = dec.Token()
		return values, err
	case json.Delim('{'):
		o := object{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			v, err := readOrdered(dec)
			if err != nil {
				return nil, err
			}
			o = append(o, member{key.(string), v})
		}
		_, err = dec.Token()
		return o, err
	}
	return token, nil
}
