package crdt

import (
	"cmp"
	"slices"
)

// Observe calls fn after every transaction that changed the type itself: its
// list, its text, its formats or its keys. fn may edit the Doc, in a transaction
// of its own. cancel ends the calls. It panics if the type is not part of a Doc
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
// is collected.
func (r *typeRef) watch() *watchers {
	if r.typ() == nil {
		panic("crdt: only a type that is part of a Doc can be observed")
	}
	d := r.doc
	if d.watched == nil {
		d.watched = map[int32]*watchers{}
	}
	if d.watched[r.id] == nil {
		d.watched[r.id] = &watchers{}
	}
	return d.watched[r.id]
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

// SubdocsEvent says which subdocuments a transaction put into the Doc and took
// out of it. Loaded are those of the new ones that want to be opened at once:
// what this Doc put in itself, and what says autoLoad.
type SubdocsEvent struct {
	Added, Loaded, Removed []Subdoc
	Transaction            *Transaction
}

// OnSubdocs calls fn after every transaction that added or removed subdocuments,
// behind the observers of updates (yjs: subdocs).
func (d *Doc) OnSubdocs(fn func(SubdocsEvent)) (cancel func()) {
	return subscribe(&d.subdocObservers, fn)
}

// Subdocs returns the subdocuments that are somewhere in the Doc, those of the
// highest client first.
func (d *Doc) Subdocs() []Subdoc {
	var subdocs []Subdoc
	for _, c := range d.sorted() {
		d.eachFrom(c, 0, func(slot int32) {
			if it := d.item(slot); it.kind() == kindDoc && !it.deleted() {
				subdocs = append(subdocs, d.value(it, 0).(Subdoc))
			}
		})
	}
	return subdocs
}

// delivery tells observers about one transaction.
type delivery struct {
	t      *Transaction
	before map[uint32]uint64 // states when t began, of the clients that it touched
	keys   map[int32][]uint32
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
		slices.SortStableFunc(events, func(a, b *Event) int { return cmp.Compare(len(a.Path()), len(b.Path())) })
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

// subdocs returns what t did to subdocuments, whose content is collected soon.
func (t *Transaction) subdocs() SubdocsEvent {
	d := t.doc
	e := SubdocsEvent{Transaction: t}
	_, again := t.origin.(*UndoManager)
	v := newDelivery(t)
	for _, c := range t.touched {
		d.eachFrom(c.client, c.before, func(slot int32) {
			it := d.item(slot)
			if it.kind() != kindDoc {
				return
			}
			s := d.value(it, 0).(Subdoc)
			if !it.deleted() {
				e.Added = append(e.Added, s)
			}
			if s.Options["autoLoad"] == true || d.clients[it.client].id == d.clientID && !again {
				e.Loaded = append(e.Loaded, s)
			}
		})
	}
	for _, del := range t.deletes {
		d.eachDeleted(del, func(slot int32) {
			if it := d.item(slot); it.kind() == kindDoc && !v.adds(it) {
				e.Removed = append(e.Removed, d.value(it, 0).(Subdoc))
			}
		})
	}
	return e
}

func (d *Doc) emitSubdocs(e SubdocsEvent) {
	if len(e.Added)+len(e.Loaded)+len(e.Removed) == 0 {
		return
	}
	for _, fn := range d.subdocObservers {
		(*fn)(e)
	}
}
