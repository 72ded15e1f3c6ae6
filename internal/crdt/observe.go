package crdt

import (
	"cmp"
	"slices"
)

// Observe calls fn after every transaction that changed the type itself: its
// list, its text, its formats or its keys. fn may edit the Doc, in a transaction
// of its own. cancel ends the calls. A type that is not part of a Doc yet is
// observed from the transaction on that follows the one which puts it there
// (yjs v13.6: AbstractType.observe).
func (r *typeRef) Observe(fn func(*Event)) (cancel func()) {
	w := r.watch()
	return subscribe(&w.own, fn)
}

// ObserveDeep calls fn after every transaction that changed the type or one that
// it holds, at any depth, with an event for each of them, the outermost first
// (yjs: AbstractType.observeDeep). It is otherwise like Observe.
func (r *typeRef) ObserveDeep(fn func([]*Event)) (cancel func()) {
	w := r.watch()
	return subscribe(&w.deep, fn)
}

// watchers are the observers of a type.
type watchers struct {
	own  []*func(*Event)
	deep []*func([]*Event)
}

// watch returns the watchers of the type. Doc.watched forgets them when the type
// is collected; who observes it later is told nothing.
func (r *typeRef) watch() *watchers {
	if r.doc == nil {
		if r.early == nil {
			r.early = &watchers{}
		}
		return r.early
	}
	if r.typ() == nil {
		return &watchers{}
	}
	if w := r.doc.watched[r.id]; w != nil {
		return w
	}
	return r.doc.watchWith(r.id, &watchers{})
}

func (d *Doc) watchWith(id int32, w *watchers) *watchers {
	if d.watched == nil {
		d.watched = map[int32]*watchers{}
	}
	d.watched[id] = w
	return w
}

// subscribe adds fn to a list, which is never changed in place: it may be in use.
func subscribe[F any](list *[]*F, fn F) (cancel func()) {
	entry := &fn
	*list = append(slices.Clone(*list), entry)
	return func() {
		*list = slices.DeleteFunc(slices.Clone(*list), func(x *F) bool { return x == entry })
	}
}

// OnTransaction calls fn after every transaction, when its changes were observed
// and nothing is tidied up yet (yjs: afterTransaction).
func (d *Doc) OnTransaction(fn func(*Transaction)) (cancel func()) {
	return subscribe(&d.afterTransaction, fn)
}

// delivery tells observers about one transaction.
type delivery struct {
	t      *Transaction
	before map[uint32]uint64  // states when t began, of the clients that it touched
	keys   map[int32][]uint32 // touched, by type; noKey for its list
	deep   []deepEvents
	over   bool
}

// deepEvents are what the deep observers of a type get.
type deepEvents struct {
	id     int32
	events []*Event
}

func newDelivery(t *Transaction) *delivery {
	v := &delivery{t: t, before: make(map[uint32]uint64, len(t.touched))}
	for _, c := range t.touched {
		v.before[c.client] = c.before
	}
	return v
}

// call makes the event of a changed type and calls the type's own observers
// (yjs: callTypeObservers).
func (v *delivery) call(id int32) {
	d := v.t.doc
	if d.types[id].kind == typeUnknown {
		return
	}
	e := &Event{Target: d.handle(id), v: v, id: id, current: id}
	for at := id; at != none; at = d.parentOf(at) {
		e.depth++
		if w := d.watched[at]; w != nil && len(w.deep) > 0 {
			v.gather(at, e)
		}
	}
	if w := d.watched[id]; w != nil {
		for _, fn := range w.own {
			(*fn)(e)
		}
	}
}

// parentOf returns the type that holds a type; none for a root.
func (d *Doc) parentOf(id int32) int32 {
	if holder := d.types[id].item; holder != none {
		return d.item(holder).parent
	}
	return none
}

func (v *delivery) gather(id int32, e *Event) {
	i := slices.IndexFunc(v.deep, func(x deepEvents) bool { return x.id == id })
	if i < 0 {
		i = len(v.deep)
		v.deep = append(v.deep, deepEvents{id: id})
	}
	v.deep[i].events = append(v.deep[i].events, e)
}

// callDeep calls the deep observers. What an observer has deleted meanwhile is
// left out.
func (v *delivery) callDeep() {
	d := v.t.doc
	for _, x := range v.deep {
		w := d.watched[x.id]
		if w == nil || d.gone(x.id) {
			continue
		}
		events := slices.DeleteFunc(x.events, func(e *Event) bool { return d.gone(e.id) })
		for _, e := range events {
			e.current = x.id
		}
		slices.SortStableFunc(events, func(a, b *Event) int { return cmp.Compare(a.depth, b.depth) })
		for _, fn := range w.deep {
			if len(events) > 0 {
				(*fn)(slices.Clone(events))
			}
		}
	}
}

// gone reports whether the Item that holds a type is deleted.
func (d *Doc) gone(id int32) bool {
	holder := d.types[id].item
	return holder != none && d.item(holder).deleted()
}
