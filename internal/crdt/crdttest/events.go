package crdttest

import (
	"fmt"
	"maps"
	"slices"

	"grimoire/internal/crdt"
)

// watch applies the deliveries to a Doc whose roots are all observed. Events,
// updates in v2 and what happens to subdocuments must be what yjs tells, in its
// order; and so must the state, since observing edits: see [crdt.Event.Delta].
func (k *checker) watch() {
	d := crdt.New(crdt.Options{ClientID: receiver})
	w := watcher{}
	for name, kind := range k.c.Roots {
		w.observe(name, root(d, name, kind))
	}
	d.OnTransaction(func(t *crdt.Transaction) {
		before, after, deletes := t.BeforeState(), t.AfterState(), t.DeleteSet()
		if maps.Equal(before, after) && deletes.Equal(crdt.DeleteSet{}) {
			return // yjs begins more of these
		}
		w.saw(map[string]any{
			"before": before.Encode(), "after": after.Encode(), "deletes": crdt.NewSnapshot(nil, deletes).Encode(),
			"changed": typeNames(t.Changed()), "parents": typeNames(t.ChangedParents()),
		})
	})
	d.OnUpdateV2(func(u []byte, _ any) {
		w.saw(map[string]any{"updateV2": u})
	})
	d.OnSubdocs(func(e crdt.SubdocsEvent) {
		w.saw(map[string]any{"added": guids(e.Added), "loaded": guids(e.Loaded), "removed": guids(e.Removed)})
	})
	for i, delivery := range k.c.Deliveries {
		apply, update := d.Apply, delivery.V1
		if delivery.V == 2 {
			apply, update = d.ApplyV2, delivery.V2
		}
		w.seen = []any{}
		if err := apply(update, nil); err != nil {
			k.fault("delivery %d, observed: %v", i, err)
			return
		}
		if err := d.Check(); err != nil {
			k.fault("invariants after delivery %d, observed: %v", i, err)
			return
		}
		after := k.c.After[i]
		for _, s := range d.Subdocs() {
			if after.Load != nil && s.GUID == *after.Load {
				s.Load()
			}
		}
		k.equal(fmt.Sprintf("events of delivery %d", i), canonical(w.seen), canonicalText(after.Events))
		k.equal(fmt.Sprintf("subdocuments after delivery %d", i), fmt.Sprint(d.SubdocGUIDs()), fmt.Sprint(after.Subdocs))
		k.equal(fmt.Sprintf("subdocuments to load after delivery %d", i), fmt.Sprint(toLoad(d)), fmt.Sprint(after.ToLoad))
	}
	k.equal("state when observed", d.Encode(nil), k.c.Want.Watched)
}

// watcher lists what observers are told, in tagged JSON.
type watcher struct{ seen []any }

func (w *watcher) saw(what map[string]any) { w.seen = append(w.seen, what) }

func (w *watcher) observe(name string, t crdt.Type) {
	t.Observe(func(e *crdt.Event) {
		w.saw(map[string]any{"own": name, "local": e.Transaction().Local(), "events": []any{taggedEvent(e)}})
	})
	t.ObserveDeep(func(events []*crdt.Event) {
		var all []any
		for _, e := range events {
			all = append(all, taggedEvent(e))
		}
		w.saw(map[string]any{"deep": name, "local": events[0].Transaction().Local(), "events": all})
	})
}

func taggedEvent(e *crdt.Event) any {
	delta := []any{}
	for _, op := range e.Delta() {
		j := map[string]any{}
		switch {
		case op.Retain > 0:
			j["retain"] = op.Retain
		case op.Delete > 0:
			j["delete"] = op.Delete
		default:
			j["insert"] = Tagged(op.Insert)
		}
		if op.Attributes != nil {
			j["attributes"] = taggedAttributes(op.Attributes)
		}
		delta = append(delta, j)
	}
	keys := map[string]any{}
	for key, change := range e.Keys() {
		j := map[string]any{"action": string(change.Action)}
		if change.Action != crdt.KeyAdded {
			j["old"] = Tagged(change.Old)
		}
		keys[key] = j
	}
	touched := append([]string{}, e.KeysChanged()...)
	slices.Sort(touched)
	return map[string]any{
		"path": append([]any{}, e.Path()...), "delta": delta, "keys": keys, "current": typeName(e.CurrentTarget()),
		"added": runs(e.Added()), "deleted": runs(e.Deleted()), "touched": touched, "list": e.ListChanged(),
	}
}

// runs lists Items by what they are for ever: client, clock, length.
func runs(items []crdt.Item) [][3]uint64 {
	list := [][3]uint64{}
	for _, it := range items {
		list = append(list, [3]uint64{it.Client, it.Clock, it.Length})
	}
	return list
}

func toLoad(d *crdt.Doc) []string {
	return guids(slices.DeleteFunc(d.Subdocs(), func(s crdt.Subdoc) bool { return !s.ShouldLoad() }))
}

func guids(subdocs []crdt.Subdoc) []string {
	names := []string{}
	for _, s := range subdocs {
		names = append(names, s.GUID)
	}
	slices.Sort(names)
	return names
}
