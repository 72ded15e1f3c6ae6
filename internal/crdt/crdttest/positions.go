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

// resolvedPosition is where yjs found a relative position.
type resolvedPosition struct {
	Rel   []byte   `json:"rel"`
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
		at, found := d.Resolve(p)
		k.equal(fmt.Sprintf("position %d is found", i), found, want.Found)
		if !found || !want.Found {
			continue
		}
		k.equal(fmt.Sprintf("index of position %d", i), at.Index, want.Index)
		if at.Item != nil && want.Type != nil {
			k.equal(fmt.Sprintf("type of position %d", i), *at.Item, *want.Type)
		} else if want.Root != nil {
			k.equal(fmt.Sprintf("root of position %d", i), at.Root, *want.Root)
		} else {
			k.fault("position %d: got %+v, want %+v", i, at, want)
		}
	}
}
