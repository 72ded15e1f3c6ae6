package crdttest

import (
	"fmt"
	"slices"

	"grimoire/internal/crdt"
)

// tree is what yjs says of the nodes of a root fragment: the names of types, see
// typeName, and null where there is none.
type tree struct {
	First *string     `json:"first"`
	Nodes [][]*string `json:"nodes"` // itself, first child, siblings behind and before, parent
	Texts []string    `json:"texts"`
	P     []string    `json:"p"`
	Li    *string     `json:"li"`
}

// trees walks the fragments among the roots.
func (k *checker) trees(d *crdt.Doc) {
	for name, want := range k.c.Want.Trees {
		f := fragmentOf(root(d, name, k.c.Roots[name]))
		got := tree{First: typeNameOrNull(f.FirstChild()), Nodes: [][]*string{}, P: []string{}, Texts: []string{}}
		for node := range f.TreeWalker(nil) {
			names := make([]*string, 5)
			for i, t := range []crdt.Type{node, firstChild(node), next(node), prev(node), node.Parent()} {
				names[i] = typeNameOrNull(t)
			}
			got.Nodes = append(got.Nodes, names)
		}
		isText := func(t crdt.Type) bool { _, ok := t.(*crdt.XmlText); return ok }
		for text := range f.TreeWalker(isText) {
			got.Texts = append(got.Texts, typeName(text))
		}
		for _, e := range f.QuerySelectorAll("p") {
			got.P = append(got.P, typeName(e))
		}
		if e := f.QuerySelector("LI"); e != nil {
			got.Li = typeNameOrNull(e)
		}
		k.equal("tree of root "+name, canonical(got), canonical(want))
	}
}

func fragmentOf(t crdt.Type) *crdt.XmlFragment {
	if e, ok := t.(*crdt.XmlElement); ok {
		return &e.XmlFragment
	}
	return t.(*crdt.XmlFragment)
}

func firstChild(t crdt.Type) crdt.Type {
	switch t := t.(type) {
	case *crdt.XmlElement:
		return t.FirstChild()
	case *crdt.XmlFragment:
		return t.FirstChild()
	}
	return nil
}

// sibling has its name in yjs; hooks and fragments do not know theirs.
type sibling interface {
	NextSibling() crdt.Type
	PrevSibling() crdt.Type
}

func next(t crdt.Type) crdt.Type {
	if s, ok := t.(sibling); ok {
		return s.NextSibling()
	}
	return nil
}

func prev(t crdt.Type) crdt.Type {
	if s, ok := t.(sibling); ok {
		return s.PrevSibling()
	}
	return nil
}

// typeName names a type as the oracle does: a root by its name, behind a slash, any
// other by the ID of its Item.
func typeName(t crdt.Type) string {
	p := t.Doc().RelativePosition(t, 0, -1) // the start of the type
	if p.Root != nil {
		return "/" + *p.Root
	}
	return fmt.Sprintf("%d:%d", p.Type.Client, p.Type.Clock)
}

func typeNameOrNull(t crdt.Type) *string {
	if t == nil {
		return nil
	}
	name := typeName(t)
	return &name
}

func typeNames(types []crdt.Type) []string {
	names := []string{}
	for _, t := range types {
		names = append(names, typeName(t))
	}
	slices.Sort(names)
	return names
}
