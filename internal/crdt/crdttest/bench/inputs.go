package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/crdttest"
	"grimoire/internal/crdt/lib0"
)

// writeInputs writes what both engines read: of each document the state, and the
// updates that led there, one behind the other with their lengths; both in format v1,
// and as .v2 in that.
//
//	b4      somebody writes a paper, one update for each keystroke
//	b4x10   the same ten times in one text
//	crowd   1,000 clients in turn write 100,000 letters at random places
func writeInputs(dir string) error {
	trace, err := crdttest.ReadTrace("automerge-paper")
	if err != nil {
		return err
	}
	once, b4 := write(trace, 1)
	_, b4x10 := write(trace, 10)
	many, crowd := writeCrowd(1000, 100_000)
	for _, in := range []struct {
		name    string
		updates [][]byte
		doc     *crdt.Doc
	}{
		{"b4", once, b4},
		{"b4x10", nil, b4x10},
		{"crowd", many, crowd},
	} {
		var all, allV2 []byte
		for _, u := range in.updates {
			v2, err := crdt.ConvertV1ToV2(u)
			if err != nil {
				return err
			}
			all, allV2 = lib0.AppendBytes(all, u), lib0.AppendBytes(allV2, v2)
		}
		for ending, b := range map[string][]byte{
			".updates": all, ".updates.v2": allV2, ".state": in.doc.Encode(nil), ".state.v2": in.doc.EncodeV2(nil),
		} {
			if err := os.WriteFile(filepath.Join(dir, in.name+ending), b, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// writer is a client ID as long as random ones are.
const writer = 0x9c3f1a27

// write replays a recording n times, each time in front of the last.
func write(trace *crdttest.Trace, n int) (updates [][]byte, doc *crdt.Doc) {
	doc = crdt.New(crdt.Options{ClientID: writer})
	doc.OnUpdate(func(update []byte, _ any) { updates = append(updates, update) })
	text := doc.Text("text")
	for range n {
		for _, txn := range trace.Txns {
			for _, p := range txn.Patches {
				doc.Transact(nil, func(t *crdt.Transaction) {
					text.Delete(t, p.At, p.Deleted)
					text.Insert(t, p.At, p.Inserted)
				})
			}
		}
	}
	return updates, doc
}

// writeCrowd lets clients write letters at random places of one text.
func writeCrowd(clients, edits int) (updates [][]byte, doc *crdt.Doc) {
	random := rand.New(rand.NewPCG(1, 2))
	doc = crdt.New(crdt.Options{})
	doc.OnUpdate(func(update []byte, _ any) { updates = append(updates, update) })
	text := doc.Text("text")
	for range edits {
		doc.SetClientID(1<<28 + random.Uint64N(uint64(clients)))
		doc.Transact(nil, func(t *crdt.Transaction) {
			text.Insert(t, random.IntN(text.Len()+1), string('a'+random.Int32N(26)))
		})
	}
	return updates, doc
}

// split returns the updates of a file.
func split(all []byte) (updates [][]byte) {
	for r := lib0.NewReader(all); r.Len() > 0; {
		updates = append(updates, r.Bytes())
	}
	return updates
}
