package crdttest

import (
	"bytes"
	"errors"
	"fmt"

	"grimoire/internal/crdt"
)

// past compares what a Doc without gc held at the snapshot: as a Doc of its own,
// and read from the Doc itself, which must not change by it.
func (k *checker) past(d *crdt.Doc) {
	if k.c.NoGC.Snapshot == nil {
		return
	}
	s, err := crdt.DecodeSnapshot(k.c.NoGC.Snapshot)
	if err != nil {
		k.fault("snapshot: %v", err)
		return
	}
	before, err := crdt.DecodeSnapshot(k.c.NoGC.Before)
	if err != nil {
		k.fault("earlier snapshot: %v", err)
		return
	}
	for i, delivery := range k.c.Deliveries {
		contains, err := s.Contains(delivery.V1)
		containsV2, errV2 := s.ContainsV2(delivery.V2)
		if err := errors.Join(err, errV2); err != nil {
			k.fault("does the snapshot contain delivery %d: %v", i, err)
		}
		k.equal(fmt.Sprintf("the snapshot contains delivery %d", i), contains, k.c.NoGC.Contains[i])
		k.equal(fmt.Sprintf("the snapshot contains delivery %d in v2", i), containsV2, k.c.NoGC.Contains[i])
	}
	deletes := before.DeleteSet().Union(d.Snapshot().DeleteSet(), s.DeleteSet())
	k.equal("deletes of three snapshots", crdt.NewSnapshot(s.StateVector(), deletes).Encode(), k.c.NoGC.Union)
	k.view(d, s, before)
	past, err := d.At(s, crdt.Options{NoGC: true})
	if err != nil {
		k.fault("restore snapshot: %v", err)
		return
	}
	for name, kind := range k.c.Roots {
		got := canonical(Tagged(root(past, name, kind)))
		k.equal("root "+name+" at the snapshot", got, canonicalText(k.c.NoGC.ContentAt[name]))
	}
	if err := d.Check(); err != nil {
		k.fault("invariants after going back: %v", err)
	}
}

func (k *checker) view(d *crdt.Doc, s, before crdt.Snapshot) {
	state := d.Encode(nil)
	view, err := d.View(s)
	if err != nil {
		k.fault("view: %v", err)
		return
	}
	for name, kind := range k.c.Roots {
		t := root(d, name, kind)
		k.equal("root "+name+" seen at the snapshot", canonical(taggedAt(view, t)), canonicalText(k.c.NoGC.ViewAt[name]))
		if want, ok := k.c.NoGC.XMLAt[name]; ok {
			k.equal("XML "+name+" seen at the snapshot", view.String(t), want)
		}
		if want, ok := k.c.NoGC.Changes[name]; ok {
			compute := func(change crdt.YChange, id crdt.ID) any {
				return map[string]any{"type": string(change), "user": float64(id.Client)}
			}
			k.equal("changes of root "+name, canonical(taggedOps(view.DeltaSince(before, t, compute), Tagged)), canonicalText(want))
		}
	}
	if !bytes.Equal(d.Encode(nil), state) {
		k.fault("reading the past changed the Doc")
	}
}

// taggedAt is Tagged of what a type held in a View.
func taggedAt(v *crdt.View, t crdt.Type) any {
	value := func(x any) any {
		if t, ok := x.(crdt.Type); ok {
			return taggedAt(v, t)
		}
		return Tagged(x)
	}
	entries := map[string]any{}
	for _, key := range v.Keys(t) {
		x, _ := v.Get(t, key)
		entries[key] = value(x)
	}
	withAttributes := func(j map[string]any) any {
		if len(entries) > 0 {
			j["attrs"] = entries
		}
		return j
	}
	list := func() any {
		out := []any{}
		for _, x := range v.Values(t) {
			out = append(out, value(x))
		}
		return out
	}
	switch x := t.(type) {
	case *crdt.XmlText:
		return withAttributes(tag("XmlText", "v", taggedOps(v.Delta(t), value)))
	case *crdt.Text:
		return withAttributes(tag("Text", "v", taggedOps(v.Delta(t), value)))
	case *crdt.XmlHook:
		return tag("XmlHook", "name", x.Name(), "v", entries)
	case *crdt.Map:
		return tag("Map", "v", entries)
	case *crdt.XmlElement:
		return withAttributes(tag("XmlElement", "name", x.Name(), "v", list()))
	case *crdt.XmlFragment:
		return tag("XmlFragment", "v", list())
	default:
		return tag("Array", "v", list())
	}
}
