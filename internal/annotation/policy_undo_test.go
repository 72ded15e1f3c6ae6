package annotation

import (
	"errors"
	"testing"

	"grimoire/internal/crdt"
)

func TestGuard_WhoTookAHighlightAwayBringsItBack(t *testing.T) {
	take := func(by string) func(*crdt.Transaction, *crdt.Doc) {
		return func(tx *crdt.Transaction, doc *crdt.Doc) {
			getMap(doc.Map(RootHighlights), "h-ben").Set(tx, keyRemoved, map[string]any{keyBy: by, keyAt: 1})
		}
	}
	back := func(tx *crdt.Transaction, doc *crdt.Doc) {
		getMap(doc.Map(RootHighlights), "h-ben").Delete(tx, keyRemoved)
	}
	for _, tt := range []struct {
		name  string
		taken string
		by    Guard
		do    func(*crdt.Transaction, *crdt.Doc)
		want  error
	}{
		{"the teacher who took it", ana, teacher, back, nil},
		{"its author, who took it", ben, owner, back, nil},
		{"a teacher after its author", ben, teacher, back, nil},
		{"its author after the teacher", ana, owner, back, ErrOfAnother},
		{"its author, by taking it once more", ana, owner, take(ben), ErrOfAnother},
		{"a classmate", ana, classmate, back, ErrOfAnother},
		{"a reader", ana, reader, back, ErrMayNotAnnotate},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := newDoc(t)
			if err := server.Apply(change(t, server, take(tt.taken)), nil); err != nil {
				t.Fatal(err)
			}
			for _, h := range Read(server).Highlights {
				if h.ID == "h-ben" {
					t.Error("it is still shown")
				}
			}
			again := change(t, server, tt.do)
			if err := refuse(tt.by, server, again); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

func TestGuard_WhatWasDeletedIsBroughtBackByThePageThatDeletedIt(t *testing.T) {
	server := newDoc(t)
	set := func(value any) func(*crdt.Transaction, *crdt.Doc) {
		return func(tx *crdt.Transaction, doc *crdt.Doc) {
			getMap(doc.Map(RootComments), "c-cle").Set(tx, keyDeleted, value)
		}
	}
	drop := func(tx *crdt.Transaction, doc *crdt.Doc) {
		getMap(doc.Map(RootComments), "c-cle").Delete(tx, keyDeleted)
	}
	page := func(of *crdt.Doc) *crdt.Doc {
		t.Helper()
		page := crdt.New(crdt.Options{})
		if err := page.Apply(of.Encode(nil), nil); err != nil {
			t.Fatal(err)
		}
		return page
	}
	does := func(page *crdt.Doc, edits ...func(*crdt.Transaction, *crdt.Doc)) []byte {
		before := page.StateVector()
		for _, edit := range edits {
			page.Transact(nil, func(tx *crdt.Transaction) { edit(tx, page) })
		}
		return page.Encode(before)
	}
	other := func(id, key string) func(*crdt.Transaction, *crdt.Doc) {
		return func(tx *crdt.Transaction, doc *crdt.Doc) { getMap(doc.Map(RootComments), id).Set(tx, key, true) }
	}
	for _, edit := range []func(*crdt.Transaction, *crdt.Doc){set(false), drop} { // nothing was deleted yet
		if err := refuse(classmate, server, does(page(server), edit)); err != nil {
			t.Error(err)
		}
	}
	early := page(server) // has not heard of it
	teachers := page(server)
	deleted := does(teachers, set(true))
	if err := refuse(teacher, server, deleted); err != nil {
		t.Fatal(err)
	}
	if err := server.Apply(deleted, nil); err != nil {
		t.Fatal(err)
	}
	written := page(server)
	for name, edit := range map[string][]byte{
		"the author":                  does(page(server), set(false)),
		"the author, without a value": does(page(server), drop),
		"the author, in two steps":    does(page(server), set(true), set(false)),
		"the author, in two others":   does(page(server), set(true), drop),
		"the author, in one update":   merged(t, does(written, set(true)), does(written, set(false))),
		"who deletes another":         does(page(server), drop, other("c-ben", keyDeleted)),
		"who settles it":              does(page(server), drop, other("c-cle", keyResolved)),
		"the author, unaware of it":   does(early, set(true), set(false), set(true), set(false)),
	} {
		for _, g := range []Guard{classmate, owner, teacher} {
			err := refuse(g, server, edit)
			after := page(server)
			if applied := after.Apply(edit, nil); applied != nil {
				t.Fatal(applied)
			}
			back := !getBool(getMap(after.Map(RootComments), "c-cle"), keyDeleted)
			if back && err == nil || err != nil && err != ErrOfAnother {
				t.Errorf("%s brings it back: %v", name, err)
			}
		}
	}
	for name, edit := range map[string][]byte{
		"deleted once more":                        does(page(server), set(true)),
		"deleted twice more":                       does(page(server), set(true), set(true)),
		"brought back by the page that deleted it": does(teachers, set(false), set(true), set(false)),
	} {
		if err := refuse(teacher, server, edit); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func merged(t *testing.T, updates ...[]byte) []byte {
	t.Helper()
	update, err := crdt.Merge(updates...)
	if err != nil {
		t.Fatal(err)
	}
	return update
}

func TestGuard_WhatIsWrittenWhileItIsRemovedIsLetThrough(t *testing.T) {
	server := newDoc(t)
	tagged := change(t, server, func(tx *crdt.Transaction, doc *crdt.Doc) {
		getMap(getMap(doc.Map(RootHighlights), "h-ben"), keyTags).Set(tx, "t-own", "V")
	})
	remove := change(t, server, func(tx *crdt.Transaction, doc *crdt.Doc) { doc.Map(RootHighlights).Delete(tx, "h-ben") })
	if err := server.Apply(remove, nil); err != nil {
		t.Fatal(err)
	}
	if err := refuse(classmate, server, tagged); err != nil {
		t.Errorf("a tag on a highlight that was just removed: %v", err)
	}
}
