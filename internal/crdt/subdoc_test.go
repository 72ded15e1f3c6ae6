package crdt_test

import (
	"fmt"
	"slices"
	"testing"

	"grimoire/internal/crdt"
)

// A subdocument is a name in the outer document. Whoever holds the outer one says
// which of them it wants, and is told when to open and close them.
func ExampleSubdoc_Load() {
	writer, reader := crdt.New(crdt.Options{ClientID: 1}), crdt.New(crdt.Options{ClientID: 2})
	reader.OnSubdocs(func(e crdt.SubdocsEvent) {
		for _, s := range e.Loaded {
			fmt.Println("open", s.GUID)
		}
	})
	writer.Transact(nil, func(t *crdt.Transaction) {
		writer.Map("pages").Set(t, "first", crdt.Subdoc{GUID: "page 1"})
		writer.Map("pages").Set(t, "menu", crdt.Subdoc{GUID: "menu", Options: map[string]any{"autoLoad": true}})
	})
	if err := reader.Apply(writer.Encode(nil), nil); err != nil {
		fmt.Println(err)
	}
	page, _ := reader.Map("pages").Get("first")
	page.(crdt.Subdoc).Load()
	// Output:
	// open menu
	// open page 1
}

func TestSubdoc_IsLoadedOnceAndAgainAfterUnload(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	var got []string
	d.OnSubdocs(func(e crdt.SubdocsEvent) {
		names := func(list []crdt.Subdoc) (all []string) {
			for _, s := range list {
				all = append(all, s.GUID)
			}
			return all
		}
		got = append(got, fmt.Sprint("+", names(e.Added), " loaded ", names(e.Loaded), " -", names(e.Removed)))
	})
	d.OnUpdate(func([]byte, any) { got = append(got, "update") })
	d.Transact(nil, func(tx *crdt.Transaction) {
		d.Array("list").Push(tx, crdt.Subdoc{GUID: "later", Options: map[string]any{"shouldLoad": false, "meta": 1}}, crdt.Subdoc{GUID: "now"}, crdt.Subdoc{GUID: "now"})
	})
	later := d.Array("list").Get(0).(crdt.Subdoc)
	if later.ShouldLoad() || later.AutoLoad() || !d.Array("list").Get(1).(crdt.Subdoc).ShouldLoad() {
		t.Error("what is to be loaded is wrong at first")
	}
	later.Load()
	later.Load()
	later.Unload()
	if later.ShouldLoad() {
		t.Error("it is to be loaded after Unload")
	}
	later.Load()
	if guids := d.SubdocGUIDs(); !slices.Equal(guids, []string{"later", "now"}) {
		t.Errorf("names are %q", guids)
	}
	d.Transact(nil, func(tx *crdt.Transaction) { d.Array("list").Delete(tx, 0, 1) })
	later.Load()
	later.Unload()
	crdt.Subdoc{GUID: "nowhere"}.Load()
	d.Transact(nil, func(tx *crdt.Transaction) { // it comes and goes unseen, but somebody was to load it
		d.Map("m").Set(tx, "k", crdt.Subdoc{GUID: "short"})
		d.Map("m").Delete(tx, "k")
	})
	want := []string{
		"update", "+[later now now] loaded [now now] -[]",
		"+[] loaded [later] -[]",
		"+[later] loaded [] -[later]",
		"+[] loaded [later] -[]",
		"update", "+[] loaded [] -[later]",
		"update", "+[] loaded [short] -[]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}
