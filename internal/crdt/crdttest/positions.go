package crdttest

import (
	"fmt"

	"grimoire/internal/crdt"
)

// madePosition is a relative position that yjs made of an index.
type madePosition struct {
	At    []any  `json:"at"`
	Index int    `json:"i"`
	Assoc int    `json:"assoc"`
	Rel   []byte `json:"rel"`
}

// resolvedPosition is where yjs found a relative position, and where it is for those
// who did not undo anything.
type resolvedPosition struct {
	Rel []byte `json:"rel"`
	foundPosition
	ForAll *foundPosition `json:"forAll"` // nil: the same
}

type foundPosition struct {
	Found bool     `json:"found"`
	Index int      `json:"i"`
	Root  *string  `json:"root"`
	Type  *crdt.ID `json:"type"`
}

// positions makes and resolves relative positions in a Doc.
func (k *checker) positions(d *crdt.Doc, made []madePosition, resolved []resolvedPosition) {
	for i, p := range made {
		t := locate(d, p.At)
		k.equal(fmt.Sprintf("position %d", i), d.RelativePosition(t, p.Index, p.Assoc).Encode(), p.Rel)
	}
	for i, want := range resolved {
		p, err := crdt.DecodeRelativePosition(want.Rel)
		if err != nil {
			k.fault("position %d: %v", i, err)
			continue
		}
		k.equal(fmt.Sprintf("encoding of position %d", i), p.Encode(), want.Rel)
		k.found(fmt.Sprintf("position %d", i), d.Resolve, p, want.foundPosition)
		forAll := want.foundPosition
		if want.ForAll != nil {
			forAll = *want.ForAll
		}
		k.found(fmt.Sprintf("position %d for all", i), d.ResolveForAll, p, forAll)
	}
}

// found resolves a position and compares.
func (k *checker) found(what string, resolve func(crdt.RelativePosition) (crdt.AbsolutePosition, bool), p crdt.RelativePosition, want foundPosition) {
	at, found := resolve(p)
	k.equal(what+" is found", found, want.Found)
	if !found || !want.Found {
		return
	}
	k.equal("index of "+what, at.Index, want.Index)
	if at.Item != nil && want.Type != nil {
		k.equal("type of "+what, *at.Item, *want.Type)
	} else if want.Root != nil {
		k.equal("root of "+what, at.Root, *want.Root)
	} else {
		k.fault("%s: got %+v, want %+v", what, at, want)
	}
}
