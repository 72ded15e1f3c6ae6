package crdt_test

import (
	"fmt"

	"grimoire/internal/crdt"
)

func Example() {
	ours := crdt.New(crdt.Options{ClientID: 1})
	theirs := crdt.New(crdt.Options{ClientID: 2})

	// Write: edits happen in a transaction.
	ours.Transact("setup", func(t *crdt.Transaction) {
		ours.Text("text").Insert(t, 0, "Hello world")
		tag := crdt.NewMap()
		tag.Set(nil, "name", "effective")
		ours.Map("tags").Set(t, "t1", tag)
		ours.Array("log").Push(t, 1, true, []any{"a"})
	})

	// Sync: send what the other side lacks.
	if err := theirs.Apply(ours.Encode(theirs.StateVector()), "network"); err != nil {
		fmt.Println(err)
	}

	// Read.
	fmt.Println(theirs.Text("text"))
	tag, _ := theirs.Map("tags").Get("t1")
	name, _ := tag.(*crdt.Map).Get("name")
	fmt.Println(name)
	fmt.Println(theirs.Array("log").Values())
	// Output:
	// Hello world
	// effective
	// [1 true [a]]
}
