package crdt

import (
	"slices"

	"grimoire/internal/crdt/lib0"
)

// Subdoc is a document inside of another: its name and options. What it holds
// is not part of the outer document. As a value it may be put into a Map or an
// Array.
type Subdoc struct {
	GUID string

	// Options are gc, autoLoad and meta, as far as given. A new Subdoc may also
	// have shouldLoad: false, which is not shared.
	Options map[string]any

	doc *Doc // in which it is; nil for a new one
	id  structID
}

// AutoLoad reports whether everybody is to load the document at once.
func (s Subdoc) AutoLoad() bool { return s.Options["autoLoad"] == true }

// ShouldLoad reports whether the document is to be loaded here: if it was made
// here, if it says autoLoad, or if somebody asked for it (yjs v13.6:
// Doc.shouldLoad).
func (s Subdoc) ShouldLoad() bool {
	if it := s.item(); it != nil {
		return it.is(flagLoad)
	}
	return s.doc == nil && s.Options["shouldLoad"] != false
}

// Load asks for the document: observers of subdocuments are told that it is to be
// loaded, unless they were before. It does nothing for a Subdoc that is not in a
// Doc (yjs: Doc.load).
func (s Subdoc) Load() {
	it := s.item()
	if it == nil || it.is(flagLoad) {
		return
	}
	s.doc.Transact(nil, func(t *Transaction) { t.subdocs.loaded = append(t.subdocs.loaded, s.id) })
	it.setFlag(flagLoad, true)
}

// Unload says that the loaded document is not needed any more. Observers of
// subdocuments are told that it was removed, and another of the same name added
// in its place, which is not to be loaded (yjs: Doc.destroy).
func (s Subdoc) Unload() {
	it := s.item()
	if it == nil {
		return
	}
	it.setFlag(flagLoad, false)
	s.doc.Transact(nil, func(t *Transaction) {
		t.subdocs.added = append(t.subdocs.added, s.id)
		t.subdocs.removed = append(t.subdocs.removed, s.id)
	})
}

// item returns the Item that holds the document, or nil if it was deleted or is in
// no Doc.
func (s Subdoc) item() *item {
	if s.doc == nil {
		return nil
	}
	if it := s.doc.item(s.doc.get(s.id.client, s.id.clock)); it.kind() == kindDoc && !it.deleted() {
		return it
	}
	return nil
}

// options returns the options as yjs writes them.
func (s Subdoc) options() []byte {
	var kept []byte
	n := uint64(0)
	for _, key := range []string{"gc", "autoLoad", "meta"} {
		v := s.Options[key]
		if _, undefined := v.(lib0.Undefined); v == nil || undefined {
			continue
		}
		kept = mustAppendAny(lib0.AppendString(kept, key), v)
		n++
	}
	return append(lib0.AppendObjectHead(nil, n), kept...)
}

// setSubdoc gives it a guid and options, and whether it is to be loaded.
func (d *Doc) setSubdoc(it *item, guid, options []byte) {
	s := d.hold(guid)
	s.aux = s.n
	s.n += d.hold(options).n
	it.content = d.newSpan(s)
	it.setFlag(flagLoad, string(lib0.Properties(options)["autoLoad"]) == string(anyTrue))
}

// subdoc returns what a Doc Item holds.
func (d *Doc) subdoc(it *item) Subdoc {
	guid, options := d.subdocBytes(it)
	return Subdoc{string(guid), readAny(options).(map[string]any), d, structID{it.client, it.clock}}
}

func (d *Doc) subdocBytes(it *item) (guid, options []byte) {
	s := d.spans[it.content]
	b := d.spanBytes(s)
	return b[:s.aux], b[s.aux:]
}

// Subdocs returns the subdocuments that are somewhere in the Doc, those of the
// highest client first (yjs: getSubdocs).
func (d *Doc) Subdocs() []Subdoc {
	var subdocs []Subdoc
	for _, c := range d.sorted() {
		d.eachFrom(c, 0, func(slot int32) {
			if it := d.item(slot); it.kind() == kindDoc && !it.deleted() {
				subdocs = append(subdocs, d.subdoc(it))
			}
		})
	}
	return subdocs
}

// SubdocGUIDs returns the names of the subdocuments, each once and sorted (yjs:
// getSubdocGuids).
func (d *Doc) SubdocGUIDs() []string {
	var names []string
	for _, s := range d.Subdocs() {
		names = append(names, s.GUID)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// SubdocsEvent says which subdocuments a transaction put into the Doc and took
// out of it. Loaded are those that are to be loaded from now on: of the new ones
// those that this Doc put in itself or that say autoLoad, and those that
// [Subdoc.Load] asked for.
type SubdocsEvent struct {
	Added, Loaded, Removed []Subdoc
	Transaction            *Transaction
}

// OnSubdocs calls fn after every transaction that added, loaded or removed
// subdocuments, behind the observers of updates (yjs: subdocs).
func (d *Doc) OnSubdocs(fn func(SubdocsEvent)) (cancel func()) {
	return subscribe(&d.subdocObservers, fn)
}

// subdocChanges are what a transaction did to subdocuments.
type subdocChanges struct {
	added, loaded, removed []structID
}

// add notes a new subdocument (yjs: ContentDoc.integrate).
func (c *subdocChanges) add(it *item) {
	id := structID{it.client, it.clock}
	c.added = append(c.added, id)
	if it.is(flagLoad) {
		c.loaded = append(c.loaded, id)
	}
}

// remove notes that a subdocument was deleted (yjs: ContentDoc.delete).
func (c *subdocChanges) remove(it *item) {
	id := structID{it.client, it.clock}
	if i := slices.Index(c.added, id); i >= 0 {
		c.added = slices.Delete(c.added, i, i+1)
		return
	}
	c.removed = append(c.removed, id)
}

// subdocsEvent returns what t did to subdocuments, whose content is collected soon.
func (t *Transaction) subdocsEvent() SubdocsEvent {
	list := func(ids []structID) []Subdoc {
		var subdocs []Subdoc
		for _, id := range ids {
			if it := t.doc.item(t.doc.get(id.client, id.clock)); it.kind() == kindDoc {
				subdocs = append(subdocs, t.doc.subdoc(it))
			}
		}
		return subdocs
	}
	return SubdocsEvent{list(t.subdocs.added), list(t.subdocs.loaded), list(t.subdocs.removed), t}
}

// emitSubdocs tells e, what t did to subdocuments. Yjs destroys those that were
// deleted, each in a transaction of its own, which has nothing to do; but an
// UndoManager of all of the Doc may count it.
func (d *Doc) emitSubdocs(t *Transaction, e SubdocsEvent) {
	if len(e.Added)+len(e.Loaded)+len(e.Removed) > 0 {
		tell(d.subdocObservers, e)
	}
	for _, id := range t.subdocs.removed {
		if (Subdoc{doc: d, id: id}).item() == nil {
			d.Transact(nil, func(*Transaction) {})
		}
	}
}
