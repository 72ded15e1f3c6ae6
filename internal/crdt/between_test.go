package crdt_test

import (
	"testing"

	"grimoire/internal/crdt"
)

func TestBetween(t *testing.T) {
	doc := crdt.New(crdt.Options{ClientID: 1})
	text := doc.Text("t")
	edit := func(change func(tx *crdt.Transaction)) { doc.Transact(nil, change) }
	edit(func(tx *crdt.Transaction) { text.Insert(tx, 0, "why did Rome fall") }) // clocks 0–16
	edit(func(tx *crdt.Transaction) { text.Insert(tx, 8, "old ü👩 ") })           // 17–24: o l d _ ü 👩👩 _
	edit(func(tx *crdt.Transaction) { text.Delete(tx, 4, 2) })                   // "di"
	edit(func(tx *crdt.Transaction) { doc.Map("m").Set(tx, "k", "x") })          // 25
	edit(func(tx *crdt.Transaction) { doc.Text("other").Insert(tx, 0, "z") })    // 26
	if got := text.String(); got != "why d old ü👩 Rome fall" {
		t.Fatal(got)
	}
	for _, tt := range []struct {
		name        string
		first, last uint64
		limit       int
		want        string
		ok          bool
	}{
		{"one unit", 0, 0, 1, "w", true},
		{"within an Item", 8, 11, 99, "Rome", true},
		{"across Items and what is deleted", 2, 9, 99, "y d old ü👩 Ro", true},
		{"as many as the limit", 17, 24, 8, "old ü👩 ", true},
		{"more than the limit", 17, 24, 7, "", false},
		{"half a character at the start", 23, 24, 99, "", false},
		{"half a character at the end", 17, 22, 99, "", false},
		{"the wrong way round", 9, 8, 99, "", false},
		{"the wrong way round in two Items", 9, 2, 99, "", false},
		{"a deleted unit", 4, 9, 99, "", false},
		{"up to a deleted unit", 0, 4, 99, "", false},
		{"a value", 0, 25, 99, "", false},
		{"another text", 0, 26, 99, "", false},
		{"of the future", 0, 27, 99, "", false},
		{"a limit that is none", 0, 1, -1, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := doc.Between(crdt.ID{Client: 1, Clock: tt.first}, crdt.ID{Client: 1, Clock: tt.last}, tt.limit)
			if got != tt.want || ok != tt.ok {
				t.Errorf("got %q, %v, want %q, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
	if _, ok := doc.Between(crdt.ID{Client: 2}, crdt.ID{Client: 1}, 99); ok {
		t.Error("found a unit of a client that has written nothing")
	}
}

func TestInspection_AppliedIsTheDocAfterwards(t *testing.T) {
	doc, client := crdt.New(crdt.Options{}), crdt.New(crdt.Options{})
	doc.Transact(nil, func(tx *crdt.Transaction) { doc.Text("t").Insert(tx, 0, "before") })
	if err := client.Apply(doc.Encode(nil), nil); err != nil {
		t.Fatal(err)
	}
	client.Transact(nil, func(tx *crdt.Transaction) { client.Text("t").Insert(tx, 6, " and after") })
	update := client.Encode(doc.StateVector())
	for name, inspect := range map[string]func() (*crdt.Inspection, error){
		"v1": func() (*crdt.Inspection, error) { return doc.Inspect(update) },
		"v2": func() (*crdt.Inspection, error) {
			v2, err := crdt.ConvertV1ToV2(update)
			if err != nil {
				return nil, err
			}
			return doc.InspectV2(v2)
		},
	} {
		changes, err := inspect()
		if err != nil {
			t.Fatal(err)
		}
		after, err := changes.Applied()
		if err != nil {
			t.Fatal(err)
		}
		if got := after.Text("t").String(); got != "before and after" {
			t.Errorf("%s: %q", name, got)
		}
		if got := doc.Text("t").String(); got != "before" {
			t.Errorf("%s: the Doc itself reads %q", name, got)
		}
	}
}
