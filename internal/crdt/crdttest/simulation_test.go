package crdttest

import (
	"slices"
	"testing"
	"time"

	"grimoire/internal/crdt"
)

// TestSimulation_ReplicasEndTheSame lets replicas edit, undo and send over a network
// that reorders, repeats and loses. Every Doc must be sound after every step, and
// once they have told each other what they lack, all are the same.
func TestSimulation_ReplicasEndTheSame(t *testing.T) {
	const rounds, steps = 40, 250
	for round := range rounds {
		n := newNetwork(newEditor(uint64(*seed)<<32|uint64(round)), 2+round%4)
		for step := range steps {
			if i, err := n.step(); err != nil {
				t.Fatalf("seed %d round %d step %d, replica %d: %v", *seed, round, step, i, err)
			}
		}
		if i, err := n.settle(); err != nil {
			t.Fatalf("seed %d round %d at the end, replica %d: %v", *seed, round, i, err)
		}
		want := n.docs[0]
		for i, d := range n.docs[1:] {
			if p := d.Pending(); p.Structs || p.Deletes {
				t.Errorf("seed %d round %d: replica %d still waits for %v", *seed, round, i+1, p.Missing)
			}
			if !d.Snapshot().Equal(want.Snapshot()) {
				t.Errorf("seed %d round %d: replica %d is in another state", *seed, round, i+1)
			}
			for name, kind := range randomRoots {
				if got, want := canonical(Tagged(root(d, name, kind))), canonical(Tagged(root(want, name, kind))); got != want {
					t.Errorf("seed %d round %d: root %s of replica %d is\n%s, replica 0 has\n%s", *seed, round, name, i+1, got, want)
				}
			}
		}
		if t.Failed() {
			return
		}
	}
}

// network is some replicas and what is on its way to each.
type network struct {
	*editor
	docs  []*crdt.Doc
	undo  []*crdt.UndoManager
	boxes [][]message
}

type message struct {
	update []byte
	v2     bool
}

func newNetwork(e *editor, replicas int) *network {
	n := &network{editor: e, boxes: make([][]message, replicas)}
	for i := range replicas {
		d := crdt.New(crdt.Options{ClientID: uint64(100 + i), NoGC: i == 0})
		declare(d, randomRoots)
		d.OnUpdate(func(u []byte, origin any) { n.send(i, message{u, false}, origin) })
		d.OnUpdateV2(func(u []byte, origin any) { n.send(i, message{u, true}, origin) })
		n.docs = append(n.docs, d)
		n.undo = append(n.undo, crdt.NewUndoManager(d, crdt.UndoOptions{Origins: []any{"edit"}, Now: func() time.Time { return time.Unix(1, 0) }}))
	}
	return n
}

// send puts an update of a replica on its way to the others, each in one format,
// sometimes not at all and sometimes twice.
func (n *network) send(from int, m message, origin any) {
	if origin == "network" {
		return
	}
	for to := range n.boxes {
		if to == from || m.v2 != (to%2 == 0) || n.rng.IntN(8) == 0 {
			continue
		}
		for range 1 + n.rng.IntN(5)/4 {
			n.boxes[to] = slices.Insert(n.boxes[to], n.rng.IntN(len(n.boxes[to])+1), m)
		}
	}
}

// step lets one replica do something, and checks it.
func (n *network) step() (replica int, err error) {
	i := n.rng.IntN(len(n.docs))
	d := n.docs[i]
	switch op := n.rng.IntN(20); {
	case op < 8:
		n.edit(d, "edit")
	case op == 8:
		n.undo[i].Undo()
	case op == 9:
		n.undo[i].Redo()
	case op == 10: // what the other has and this one lacks
		from := n.docs[n.rng.IntN(len(n.docs))]
		err = d.Apply(from.Encode(d.StateVector()), "network")
	case op == 11 && len(n.boxes[i]) > 1: // two messages become one
		a, b := n.boxes[i][0], n.boxes[i][1]
		if a.v2 == b.v2 {
			merge := crdt.Merge
			if a.v2 {
				merge = crdt.MergeV2
			}
			if a.update, err = merge(a.update, b.update); err == nil {
				n.boxes[i] = append(n.boxes[i][2:], a)
			}
		}
	case len(n.boxes[i]) > 0:
		err = n.receive(i)
	}
	if err == nil {
		err = d.Check()
	}
	return i, err
}

func (n *network) receive(i int) error {
	m := n.boxes[i][0]
	n.boxes[i] = n.boxes[i][1:]
	if m.v2 {
		return n.docs[i].ApplyV2(m.update, "network")
	}
	return n.docs[i].Apply(m.update, "network")
}

// settle delivers what is on its way, then lets all ask all for what was lost.
func (n *network) settle() (replica int, err error) {
	for i := range n.docs {
		for len(n.boxes[i]) > 0 && err == nil {
			if err = n.receive(i); err == nil {
				err = n.docs[i].Check()
			}
		}
		if err != nil {
			return i, err
		}
	}
	for range 2 {
		for i, d := range n.docs {
			for _, from := range n.docs {
				if err := d.Apply(from.Encode(d.StateVector()), "network"); err != nil {
					return i, err
				}
				if err := d.Check(); err != nil {
					return i, err
				}
			}
		}
	}
	return 0, nil
}
