package annotation

import (
	"testing"

	"grimoire/internal/crdt"
)

func BenchmarkGuard_OneKeystroke(b *testing.B) {
	server := crdt.New(crdt.Options{})
	client := crdt.New(crdt.Options{})
	var update []byte
	client.OnUpdate(func(u []byte, _ any) { update = append(update[:0], u...) })
	for range 5000 {
		client.Transact(nil, func(tx *crdt.Transaction) { client.Text(RootNotes).Insert(tx, 0, "x") })
		if err := server.Apply(update, nil); err != nil {
			b.Fatal(err)
		}
	}
	client.Transact(nil, func(tx *crdt.Transaction) { client.Text(RootNotes).Insert(tx, 2500, "x") })
	for b.Loop() {
		if err := refuse(classmate, server, update); err != nil {
			b.Fatal(err)
		}
	}
}
