package crdt_test

import (
	"fmt"

	"grimoire/internal/crdt"
)

func Example() {
	ours := crdt.New(crdt.Options{ClientID: 1})
	theirs := crdt.New(crdt.Options{ClientID: 2})

	ours.Transact("setup", func(t *crdt.Transaction) {
		ours.Text("text").Insert(t, 0, "Hello world")
	})
	if err := theirs.Apply(ours.Encode(theirs.StateVector()), "network"); err != nil {
		fmt.Println(err)
	}
	fmt.Println(theirs.Text("text"))
	// Output: Hello world
}

// Writing happens in a transaction. New types are filled before or after they
// are put into the document.
func ExampleDoc_Transact() {
	d := crdt.New(crdt.Options{ClientID: 1})
	d.Transact(nil, func(t *crdt.Transaction) {
		tag := crdt.NewMap()
		tag.Set(nil, "name", "effective")
		d.Map("tags").Set(t, "t1", tag)
		tag.Set(t, "place", "a0")
		d.Array("log").Push(t, 1, true, []any{"a"})
	})
	fmt.Println(d.Map("tags").Keys(), d.Array("log").Values())
	// Output: [t1] [1 true [a]]
}

// Reading a value gives what JavaScript would, as Go types; numbers are float64.
func ExampleMap_Get() {
	d := crdt.New(crdt.Options{ClientID: 1})
	d.Transact(nil, func(t *crdt.Transaction) {
		comment := crdt.NewMap()
		comment.Set(nil, "at", 1_700_000_000_000)
		comment.Set(nil, "body", crdt.NewText("why?"))
		d.Map("comments").Set(t, "c1", comment)
	})
	value, _ := d.Map("comments").Get("c1")
	comment := value.(*crdt.Map)
	at, _ := comment.Get("at")
	body, _ := comment.Get("body")
	fmt.Printf("%.0f %s\n", at, body.(*crdt.Text))
	// Output: 1700000000000 why?
}

// Two Docs that were edited apart exchange state vectors and then what the other
// lacks.
func ExampleDoc_Encode() {
	a := crdt.New(crdt.Options{ClientID: 1})
	b := crdt.New(crdt.Options{ClientID: 2})
	a.Transact(nil, func(t *crdt.Transaction) { a.Text("text").Insert(t, 0, "from a; ") })
	b.Transact(nil, func(t *crdt.Transaction) { b.Text("text").Insert(t, 0, "from b; ") })

	fromA, fromB := a.Encode(b.StateVector()), b.Encode(a.StateVector())
	if err := b.Apply(fromA, "sync"); err != nil {
		fmt.Println(err)
	}
	if err := a.Apply(fromB, "sync"); err != nil {
		fmt.Println(err)
	}
	fmt.Println(a.Text("text").String() == b.Text("text").String(), a.Text("text"))
	// Output: true from a; from b;
}

func ExampleDoc_OnUpdate() {
	server := crdt.New(crdt.Options{ClientID: 1})
	reader := crdt.New(crdt.Options{ClientID: 2})
	server.OnUpdate(func(update []byte, origin any) {
		if err := reader.Apply(update, origin); err != nil {
			fmt.Println(err)
		}
	})
	text := server.Text("text")
	server.Transact("import", func(t *crdt.Transaction) { text.Insert(t, 0, "live") })
	server.Transact("edit", func(t *crdt.Transaction) { text.Delete(t, 1, 2) })
	fmt.Println(reader.Text("text"))
	// Output: le
}

// Events say what changed and where.
func ExampleMap_ObserveDeep() {
	d := crdt.New(crdt.Options{ClientID: 1})
	body := crdt.NewText("why")
	d.Transact(nil, func(t *crdt.Transaction) { d.Map("comments").Set(t, "c1", body) })
	d.Map("comments").ObserveDeep(func(events []*crdt.Event) {
		for _, e := range events {
			fmt.Println(e.Path(), e.Delta()[0].Retain, e.Delta()[1].Insert, e.Transaction().Origin())
		}
	})
	d.Transact("ada", func(t *crdt.Transaction) { body.Insert(t, 3, "?") })
	// Output: [c1] 3 ? ada
}

// Text has formats, and objects among its characters.
func ExampleText_Format() {
	d := crdt.New(crdt.Options{ClientID: 1})
	text := d.Text("text")
	d.Transact(nil, func(t *crdt.Transaction) {
		text.Insert(t, 0, "a bold word")
		text.Format(t, 2, 4, crdt.Attributes{{Key: "bold", Value: true}})
		text.InsertEmbed(t, 0, map[string]any{"image": "a.png"}, nil)
	})
	for _, op := range text.Delta() {
		fmt.Println(op.Insert, op.Attributes)
	}
	// Output:
	// map[image:a.png] []
	// a  []
	// bold [{bold true}]
	//  word []
}

// Updates can be put together, and cut to what somebody lacks, without a Doc.
func ExampleMerge() {
	d := crdt.New(crdt.Options{ClientID: 1})
	var updates [][]byte
	d.OnUpdate(func(update []byte, _ any) { updates = append(updates, update) })
	d.Transact(nil, func(t *crdt.Transaction) { d.Text("text").Insert(t, 0, "one ") })
	d.Transact(nil, func(t *crdt.Transaction) { d.Text("text").Insert(t, 4, "two") })

	merged, err := crdt.Merge(updates...)
	if err != nil {
		fmt.Println(err)
	}
	lacks, err := crdt.Diff(merged, crdt.StateVector{1: 4}.Encode())
	if err != nil {
		fmt.Println(err)
	}
	reader := crdt.New(crdt.Options{ClientID: 2})
	for _, update := range [][]byte{updates[0], lacks} {
		if err := reader.Apply(update, nil); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(reader.Text("text"))
	// Output: one two
}

// A faulty document can be shown to others without what it says.
func ExampleObfuscate() {
	d := crdt.New(crdt.Options{ClientID: 1})
	d.Transact(nil, func(t *crdt.Transaction) {
		d.Text("diary").Insert(t, 0, "secret")
		d.Map("people").Set(t, "ada", []any{"also", "secret"})
	})
	shown, err := crdt.Obfuscate(d.Encode(nil), crdt.ObfuscateOptions{})
	if err != nil {
		fmt.Println(err)
	}
	reader := crdt.New(crdt.Options{ClientID: 2})
	if err := reader.Apply(shown, nil); err != nil {
		fmt.Println(err)
	}
	fmt.Println(reader.Roots(), reader.Text("diary"), crdt.ToJSON(reader.Map("people")))
	// Output: [diary people] 000000 map[1:1]
}

// Every character knows who wrote it.
func ExampleDoc_Authors() {
	ada, ben := crdt.New(crdt.Options{ClientID: 1}), crdt.New(crdt.Options{ClientID: 2})
	ada.Transact(nil, func(t *crdt.Transaction) { ada.Text("text").Insert(t, 0, "ada ada") })
	if err := ben.Apply(ada.Encode(nil), nil); err != nil {
		fmt.Println(err)
	}
	ben.Transact(nil, func(t *crdt.Transaction) { ben.Text("text").Insert(t, 4, "BEN ") })
	fmt.Println(ben.Text("text"), ben.Authors(ben.Text("text")))
	// Output: ada BEN ada [{1 4} {2 4} {1 3}]
}

// A server asks what an update would do before it lets it.
func ExampleDoc_Inspect() {
	server := crdt.New(crdt.Options{ClientID: 1})
	guest := crdt.New(crdt.Options{ClientID: 2})
	guest.Transact(nil, func(t *crdt.Transaction) {
		guest.Text("text").Insert(t, 0, "hi")
		guest.Map("tags").Set(t, "t1", "mine")
	})
	in, err := server.Inspect(guest.Encode(nil))
	if err != nil {
		fmt.Println(err)
	}
	for _, c := range in.Items {
		fmt.Println(c.Client, c.Kind, c.Place.Root, c.Place.First().Key, c.Values())
	}
	// Output:
	// 2 String text  [hi]
	// 2 Any tags t1 [mine]
}

// A relative position stays beside its character while the text changes.
func ExampleDoc_RelativePosition() {
	d := crdt.New(crdt.Options{ClientID: 1})
	text := d.Text("text")
	d.Transact(nil, func(t *crdt.Transaction) { text.Insert(t, 0, "cursor here") })
	p := d.RelativePosition(text, 7, 0)
	d.Transact(nil, func(t *crdt.Transaction) { text.Insert(t, 0, "the ") })
	at, _ := d.Resolve(p)
	fmt.Println(at.Index, text.String()[at.Index:])
	// Output: 11 here
}
