package crdt

import (
	"slices"

	"grimoire/internal/crdt/lib0"
)

// Inspection says what an update would do to a Doc, so that a server can refuse
// it before anything changes.
type Inspection struct {
	// Items are the structs that the Doc lacks, in the order of the update.
	Items []Change

	// Deletes are the units that would be deleted and are not yet. That
	// includes what goes silently: the value of a key that is set anew (also
	// if the older one turns out to win) and all that a deleted type holds.
	Deletes []Change

	// Missing are units that the update refers to and nobody has sent yet. The
	// Doc would keep what depends on them, and apply it when they arrive, so
	// where that goes is not known. An update that was made in this Doc's
	// present or past misses nothing. At most 64 are named.
	Missing []ID

	doc    *Doc
	update []byte
	format format
	copied bool
}

// Applied returns a copy of the Doc with the update applied: what a server must
// look at to judge where things end up. It costs as much as loading the Doc. What the update has Items looked at
// for counts as Scanned by the Doc, and panics at its limit.
func (i *Inspection) Applied() (*Doc, error) {
	i.copied = true
	after := New(Options{})
	if err := after.Apply(i.doc.Encode(nil), nil); err != nil {
		return nil, wrap("copy the Doc", err)
	}
	after.scanned, after.scanLimit = i.doc.scanned, i.doc.scanLimit
	defer func() { i.doc.scanned = after.scanned }()
	return after, after.apply(i.update, i.format, nil)
}

// Copied reports whether Applied was called.
func (i *Inspection) Copied() bool { return i.copied }

// Change is a run of units that an update makes or deletes.
type Change struct {
	ID     // of the first unit; its Client is the author
	Length uint64
	Kind   Kind
	Place  *Place // nil if it has none: a GC, or what depends on missing units

	in   *inspector
	link int32 // index into in.links; none for a GC and for deletes
}

// Kind is what an Item holds.
type Kind uint8

// The kinds of content. The numbers are those of the format.
const (
	KindGC      Kind = Kind(kindGC)      // collected; nothing but its length is known
	KindDeleted Kind = Kind(kindDeleted) // deleted before it was sent
	KindJSON    Kind = Kind(kindJSON)    // values, as old versions of yjs wrote them
	KindBinary  Kind = Kind(kindBinary)
	KindString  Kind = Kind(kindString) // text
	KindEmbed   Kind = Kind(kindEmbed)  // an object in a text
	KindFormat  Kind = Kind(kindFormat) // where a format begins or ends
	KindType    Kind = Kind(kindType)   // a shared type, without what it holds
	KindAny     Kind = Kind(kindAny)    // values
	KindDoc     Kind = Kind(kindDoc)    // a subdocument
)

var kindNames = [...]string{"GC", "Deleted", "JSON", "Binary", "String", "Embed", "Format", "Type", "Any", "Doc"}

func (k Kind) String() string { return kindNames[k] }

// Place is where in the document something is: under a key of a type, or in
// its list.
type Place struct {
	Root string // name of the root type
	Step        // the last step of the way there

	first  *Place
	parent *Place // of the type it is in; nil: that is the root itself
	inside *Place // in the lists of types that are here; nil: not asked for yet
}

// Step is one step of a path: a key, or somewhere in a list.
type Step struct {
	Key    string
	InList bool
}

// First returns the first step from the root.
func (p *Place) First() Step { return p.first.Step }

// Path returns all steps from the root. The place of an entry of a map in the
// root map has two.
func (p *Place) Path() []Step {
	var path []Step
	for ; p != nil; p = p.parent {
		path = append(path, p.Step)
	}
	slices.Reverse(path)
	return path
}

// Values returns what the change makes: the elements of an Any, a string, an
// embedded value, the value of a format. Deletes have none.
func (c *Change) Values() []any {
	if c.link == none {
		return nil
	}
	content := c.in.links[c.link].content
	switch c.Kind {
	case KindString:
		return []any{string(content.bytes)}
	case KindBinary:
		return []any{slices.Clone(content.bytes)}
	case KindJSON, KindAny, KindEmbed, KindFormat:
		var values []any
		for r := lib0.NewReader(content.bytes); r.Len() > 0; {
			values = append(values, r.Value())
		}
		return values
	}
	return nil
}

// Format returns the name of the format that a new KindFormat begins or ends.
func (c *Change) Format() string {
	if c.link == none || c.Kind != KindFormat {
		return ""
	}
	return string(c.in.links[c.link].content.name)
}

// Inspect says what applying an update in format v1 would do, without doing it.
// The result refers to the bytes of update. What yjs tidies up by itself, such
// as formats that have lost their effect, is not part of it.
func (d *Doc) Inspect(update []byte) (*Inspection, error) { return d.inspect(update, v1) }

// InspectV2 is [Doc.Inspect] for format v2.
func (d *Doc) InspectV2(update []byte) (*Inspection, error) { return d.inspect(update, v2) }

func (d *Doc) inspect(update []byte, f format) (*Inspection, error) {
	n, err := survey(update, f)
	if err != nil {
		return nil, wrap("inspect update", err)
	}
	in := newInspector(d, n)
	r := newUpdateReader(update, f)
	in.readItems(&r)
	in.placeItems()
	var deletes deleteSet
	r.readDeleteSet(deletes.add)
	deletes.normalise()
	for _, del := range deletes.ranges {
		in.deleteRange(del)
	}
	in.result.doc, in.result.update, in.result.format = d, update, f
	return &in.result, nil
}
