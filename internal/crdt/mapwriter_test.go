package crdt_test

import (
	"testing"

	"grimoire/internal/crdt"
)

func TestMap_SaysWhoWroteAKeyLast(t *testing.T) {
	ana, ben := crdt.New(crdt.Options{ClientID: 7}), crdt.New(crdt.Options{ClientID: 8})
	set := func(doc *crdt.Doc, value any) {
		doc.Transact(nil, func(tx *crdt.Transaction) { doc.Map("m").Set(tx, "key", value) })
	}
	expect := func(when string, want uint64, there bool) {
		t.Helper()
		if client, ok := ben.Map("m").Writer("key"); client != want || ok != there {
			t.Errorf("%s: client %d, %v, want %d, %v", when, client, ok, want, there)
		}
	}
	expect("at first", 0, false)
	set(ana, "hers")
	if err := ben.Apply(ana.Encode(nil), nil); err != nil {
		t.Fatal(err)
	}
	expect("when she has", 7, true)
	set(ben, "his")
	expect("when he has", 8, true)
	ben.Transact(nil, func(tx *crdt.Transaction) { ben.Map("m").Delete(tx, "key") })
	expect("when it is gone", 8, true)
	if _, ok := crdt.NewMap().Writer("key"); ok {
		t.Error("somebody wrote in a map that is nowhere")
	}
}
