package crdt

import "fmt"

// typeKind is the kind of a shared type. The numbers up to typeXmlText are
// part of the format.
type typeKind uint8

const (
	typeArray       typeKind = 0
	typeMap         typeKind = 1
	typeText        typeKind = 2
	typeXmlElement  typeKind = 3
	typeXmlFragment typeKind = 4
	typeXmlHook     typeKind = 5
	typeXmlText     typeKind = 6

	// typeUnknown is a root that updates mention and nobody has asked for yet
	// (yjs: an AbstractType).
	typeUnknown typeKind = 7
)

var typeNames = [...]string{"Array", "Map", "Text", "XmlElement", "XmlFragment", "XmlHook", "XmlText", "unknown"}

func (k typeKind) String() string { return typeNames[k] }

// isText reports whether a type of this kind holds formatted text.
func (k typeKind) isText() bool { return k == typeText || k == typeXmlText }

// typ is a shared type: a list of Items, and under each key a list whose last
// Item is the key's value. Types live in Doc.types and are named by their index
// there.
type typ struct {
	kind       typeKind
	formatting bool   // a Format was integrated (yjs: _hasFormatting)
	generation uint32 // counts the types that used this slot
	item       int32  // the Item that holds it; none for a root
	start      int32  // first Item of the list
	length     uint64 // units a reader sees
	name       uint32 // key: of a root its name, of an XmlElement or XmlHook its node name
	changed    uint64 // serial of the last transaction that changed it

	heads   []head // in the order in which the keys were first set
	headOf  map[uint32]int32
	markers *markers // nil if it uses none
}

// head is the last Item under a key (yjs: an entry of _map).
type head struct {
	key  uint32
	item int32
}

// manyHeads is when a map finds its keys better than a scan.
const manyHeads = 8

func (t *typ) findHead(key uint32) int {
	if t.headOf != nil {
		if i, ok := t.headOf[key]; ok {
			return int(i)
		}
		return -1
	}
	for i, h := range t.heads {
		if h.key == key {
			return i
		}
	}
	return -1
}

// head returns the last Item under key, or none.
func (t *typ) head(key uint32) int32 {
	if i := t.findHead(key); i >= 0 {
		return t.heads[i].item
	}
	return none
}

func (t *typ) setHead(key uint32, item int32) {
	if i := t.findHead(key); i >= 0 {
		t.heads[i].item = item
		return
	}
	t.heads = append(t.heads, head{key, item})
	if t.headOf != nil {
		t.headOf[key] = int32(len(t.heads) - 1)
	} else if len(t.heads) > manyHeads {
		t.headOf = make(map[uint32]int32, 2*manyHeads)
		for i, h := range t.heads {
			t.headOf[h.key] = int32(i)
		}
	}
}

func (d *Doc) newType(kind typeKind, item int32, name uint32) int32 {
	fresh := typ{kind: kind, item: item, start: none, name: name, markers: newMarkers(kind)}
	if n := len(d.freeTypes); n > 0 {
		i := d.freeTypes[n-1]
		d.freeTypes = d.freeTypes[:n-1]
		fresh.generation = d.types[i].generation
		d.types[i] = fresh
		return i
	}
	d.types = append(doubled(d.types), fresh)
	return int32(len(d.types) - 1)
}

// freeType gives the slot of a collected type back; refs to it notice by the
// generation.
func (d *Doc) freeType(i int32) {
	d.types[i] = typ{generation: d.types[i].generation + 1, item: none, start: none}
	delete(d.watched, i)
	d.freeTypes = append(d.freeTypes, i)
}

// walk calls f for the Items that a type holds, its list first, then the last of
// each key; and for those of the types among them that f tells it to walk into,
// each behind its Item. Types may nest as deep as memory goes, which is deeper than
// calls may.
func (d *Doc) walk(id int32, f func(slot int32) (inside bool)) {
	type place struct {
		typ, next int32
		head      int
	}
	stack := []place{{typ: id, next: d.types[id].start}}
	for len(stack) > 0 {
		at := &stack[len(stack)-1]
		slot := at.next
		if heads := d.types[at.typ].heads; slot != none {
			at.next = d.item(slot).right
		} else if at.head < len(heads) {
			slot = heads[at.head].item
			at.head++
		} else {
			stack = stack[:len(stack)-1]
			continue
		}
		if f(slot) && d.item(slot).kind() == kindType {
			inner := int32(d.item(slot).content)
			stack = append(stack, place{typ: inner, next: d.types[inner].start})
		}
	}
}

// pop takes the last one off a list: of what is still to be done where types may
// nest deeper than calls.
func pop[T any](list *[]T) T {
	last := (*list)[len(*list)-1]
	*list = (*list)[:len(*list)-1]
	return last
}

// root returns the root of a name, making one of unknown kind if needed
// (yjs: Doc.get).
func (d *Doc) root(key uint32) int32 {
	if d.keys[key].root == none {
		d.keys[key].root = d.newType(typeUnknown, none, key)
	}
	return d.keys[key].root
}

// Roots returns the names of the roots that were declared or that updates mention
// (yjs: Doc.share).
func (d *Doc) Roots() []string {
	var names []string
	for _, k := range d.keys {
		if k.root != none {
			names = append(names, k.name)
		}
	}
	return names
}

// declare returns the root of a name as a type of the given kind. A root that
// was unknown so far becomes a new type in yjs, one that has not seen a Format.
func (d *Doc) declare(name string, kind typeKind) typeRef {
	i := d.root(d.intern([]byte(name)))
	t := &d.types[i]
	if t.kind == typeUnknown {
		t.kind = kind
		t.formatting = false
		t.markers = newMarkers(kind)
	}
	if t.kind != kind {
		panic(fmt.Sprintf("crdt: root %q is a %v, not a %v", name, t.kind, kind))
	}
	return d.ref(i)
}

// typeRef is what the exported types are handles of. Before its type is part
// of a Doc it holds what the type will begin with.
type typeRef struct {
	doc        *Doc
	id         int32
	generation uint32
	kind       typeKind
	early      *watchers // those who observe it before it is part of a Doc
}

func (d *Doc) ref(id int32) typeRef {
	return typeRef{doc: d, id: id, generation: d.types[id].generation, kind: d.types[id].kind}
}

// typ returns the type, or nil if it is not part of a Doc or was collected.
func (r *typeRef) typ() *typ {
	if r.doc == nil {
		return nil
	}
	if t := &r.doc.types[r.id]; t.generation == r.generation {
		return t
	}
	return nil
}

// mustEdit returns the Doc for an edit in t.
func (r *typeRef) mustEdit(t *Transaction) *Doc {
	if t == nil || t.doc != r.doc || r.doc.transaction != t {
		panic("crdt: edit outside of a transaction of the type's Doc")
	}
	return r.doc
}
