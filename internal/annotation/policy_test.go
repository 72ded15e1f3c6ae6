package annotation

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"grimoire/internal/crdt"
)

const (
	ana = "0197a000-0000-7000-8000-00000000000a" // teaches
	ben = "0197a000-0000-7000-8000-00000000000b" // a student; the conversation is his
	cle = "0197a000-0000-7000-8000-00000000000c" // a classmate
)

var (
	teacher   = Guard{User: ana, Edit: true, Annotate: true, AddTags: true, LockedTags: true, RemoveAny: true, DeleteAny: true, Respond: true}
	owner     = Guard{User: ben, Edit: true, Annotate: true, AddTags: true, DeleteAny: true, Respond: true}
	classmate = Guard{User: cle, Annotate: true, AddTags: true, Respond: true}
	strict    = Guard{User: cle, Annotate: true, Respond: true} // only staff adds tags
	reader    = Guard{User: cle}
)

// newDoc is a conversation on which Ben and Cleo have left something each.
func newDoc(t *testing.T) *crdt.Doc {
	t.Helper()
	state, err := Seed(rand.Reader, "Rome", []Turn{{ID: "aaaaaaaaa1", Role: "user", Kind: "message", Markdown: "Why did Rome fall? Rome was late."}})
	if err != nil {
		t.Fatal(err)
	}
	doc := crdt.New(crdt.Options{})
	if err := doc.Apply(state, nil); err != nil {
		t.Fatal(err)
	}
	doc.Transact(nil, func(tx *crdt.Transaction) {
		for id, by := range map[string]string{"h-ben": ben, "h-cle": cle} {
			highlight(tx, doc, id, by)
		}
		for id, by := range map[string]string{"c-ben": ben, "c-cle": cle} {
			comment(tx, doc, id, by)
		}
		setMap(tx, doc.Map(RootTags), "t-class", map[string]any{keyName: "effective", keyLocked: true, keyOrigin: OriginClass})
		setMap(tx, doc.Map(RootTags), "t-own", map[string]any{keyName: "odd", keyLocked: false, keyOrigin: OriginOwn})
		doc.Map(RootReactions).Set(tx, "c-ben|"+cle+"|👍", 1)
		doc.Map(RootReactions).Set(tx, "c-cle|"+ben+"|👍", 1)
		doc.Map(RootResponses).Set(tx, ben, crdt.NewText("mine"))
		doc.Map(RootResponses).Set(tx, SharedResponse, crdt.NewText("ours"))
	})
	return doc
}

func highlight(tx *crdt.Transaction, doc *crdt.Doc, id, by string) {
	root := doc.Map(RootHighlights)
	start, end := anchor(doc, strings.Index(doc.Text(RootText).String(), "Rome"), 4)
	setMap(tx, root, id, map[string]any{keyStart: start, keyEnd: end, keyBy: by, keyAt: 1000,
		keyQuote: map[string]any{keyExact: "Rome"}})
	getMap(root, id).Set(tx, keyTags, crdt.NewMap())
	getMap(getMap(root, id), keyTags).Set(tx, "t-class", "V")
}

// anchor returns the ends of n units of the text.
func anchor(doc *crdt.Doc, at, n int) (start, end []byte) {
	text := doc.Text(RootText)
	return doc.RelativePosition(text, at, 0).Encode(), doc.RelativePosition(text, at+n, -1).Encode()
}

// moveTo returns an edit that moves a highlight onto n units of the text, found
// by their words.
func moveTo(id, words string, n int) func(*crdt.Transaction, *crdt.Doc) {
	return func(tx *crdt.Transaction, doc *crdt.Doc) {
		start, end := anchor(doc, strings.Index(doc.Text(RootText).String(), words), n)
		entry := getMap(doc.Map(RootHighlights), id)
		entry.Set(tx, keyStart, start)
		entry.Set(tx, keyEnd, end)
	}
}

func comment(tx *crdt.Transaction, doc *crdt.Doc, id, by string) {
	root := doc.Map(RootComments)
	setMap(tx, root, id, map[string]any{keyTarget: "h-ben", keyBy: by, keyAt: 1000, keyDeleted: false})
	getMap(root, id).Set(tx, keyBody, crdt.NewText("Says who?"))
}

func TestGuard(t *testing.T) {
	in := func(root, id string) func(*crdt.Doc) *crdt.Map {
		return func(doc *crdt.Doc) *crdt.Map { return getMap(doc.Map(root), id) }
	}
	set := func(root, id, key string, value any) func(*crdt.Transaction, *crdt.Doc) {
		return func(tx *crdt.Transaction, doc *crdt.Doc) { in(root, id)(doc).Set(tx, key, value) }
	}
	remove := func(root, id string) func(*crdt.Transaction, *crdt.Doc) {
		return func(tx *crdt.Transaction, doc *crdt.Doc) { doc.Map(root).Delete(tx, id) }
	}
	text := func(root string) func(*crdt.Transaction, *crdt.Doc) {
		return func(tx *crdt.Transaction, doc *crdt.Doc) { doc.Text(root).Insert(tx, 0, "x") }
	}
	for _, tt := range []struct {
		name string
		do   func(tx *crdt.Transaction, doc *crdt.Doc)
		may  []Guard
		not  []Guard
		why  error
	}{
		{name: "write in the text", do: text(RootText), may: []Guard{teacher, owner}, not: []Guard{classmate, reader}, why: ErrMayNotEdit},
		{name: "delete text", do: func(tx *crdt.Transaction, doc *crdt.Doc) { doc.Text(RootText).Delete(tx, 2, 5) },
			may: []Guard{teacher, owner}, not: []Guard{classmate, reader}, why: ErrMayNotEdit},
		{name: "change who speaks", do: set(RootTurns, "aaaaaaaaa1", keyRole, "assistant"), may: []Guard{owner}, not: []Guard{classmate}, why: ErrMayNotEdit},
		{name: "change the title", do: func(tx *crdt.Transaction, doc *crdt.Doc) { doc.Map(RootMeta).Set(tx, keyTitle, "x") },
			not: []Guard{teacher, owner, classmate}, why: ErrRename},
		{name: "write notes", do: text(RootNotes), may: []Guard{teacher, owner, classmate, strict}, not: []Guard{reader}, why: ErrMayNotAnnotate},
		{name: "write elsewhere", do: text("elsewhere"), not: []Guard{teacher, owner, classmate, reader}, why: ErrNoSuchPlace},

		{name: "highlight as Cleo", do: func(tx *crdt.Transaction, doc *crdt.Doc) { highlight(tx, doc, "h-new", cle) },
			may: []Guard{classmate, strict}, not: []Guard{teacher, owner}, why: ErrForged},
		{name: "highlight as a reader", do: func(tx *crdt.Transaction, doc *crdt.Doc) { highlight(tx, doc, "h-new", cle) },
			not: []Guard{reader}, why: ErrMayNotAnnotate},
		{name: "tag Ben's highlight", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			getMap(in(RootHighlights, "h-ben")(doc), keyTags).Set(tx, "t-own", "V")
		}, may: []Guard{teacher, owner, classmate}, not: []Guard{reader}, why: ErrMayNotAnnotate},
		{name: "take a tag from Ben's highlight", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			getMap(in(RootHighlights, "h-ben")(doc), keyTags).Delete(tx, "t-class")
		}, may: []Guard{teacher, owner, classmate}},
		{name: "replace all tags of Ben's highlight", do: set(RootHighlights, "h-ben", keyTags, crdt.NewMap()), may: []Guard{owner}, not: []Guard{classmate}, why: ErrOfAnother},
		{name: "move Ben's anchors to the same words", do: moveTo("h-ben", "Rome was", 4), may: []Guard{teacher, owner, classmate}, not: []Guard{reader}, why: ErrMayNotAnnotate},
		{name: "move Ben's anchors to other words", do: moveTo("h-ben", "fall", 4), may: []Guard{owner}, not: []Guard{teacher, classmate}, why: ErrMisplaced},
		{name: "move Ben's anchors to more words", do: moveTo("h-ben", "Rome was", 8), may: []Guard{owner}, not: []Guard{teacher, classmate}, why: ErrMisplaced},
		{name: "move one of Ben's anchors away", do: set(RootHighlights, "h-ben", keyEnd, []byte{3}), may: []Guard{owner}, not: []Guard{teacher, classmate}, why: ErrMisplaced},
		{name: "take Ben's anchors away", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			in(RootHighlights, "h-ben")(doc).Delete(tx, keyStart)
		}, may: []Guard{owner}, not: []Guard{teacher, classmate}, why: ErrMisplaced},
		{name: "turn Ben's anchors round", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			entry := in(RootHighlights, "h-ben")(doc)
			start, _ := entry.Get(keyStart)
			end, _ := entry.Get(keyEnd)
			entry.Set(tx, keyStart, end)
			entry.Set(tx, keyEnd, start)
		}, not: []Guard{teacher, classmate}, why: ErrMisplaced},
		{name: "undo what took away Ben's text, and move his anchors onto it", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			text := doc.Text(RootText)
			at := strings.Index(text.String(), "Rome")
			text.Delete(tx, at, 4)
			text.Insert(tx, at, "Rome")
			moveTo("h-cle", "Rome", 4)(tx, doc)
		}, may: []Guard{teacher, owner}, not: []Guard{classmate}, why: ErrMayNotEdit},
		{name: "write other words and move anchors onto them", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			doc.Text(RootText).Insert(tx, 12, "Oslo ")
			moveTo("h-cle", "Oslo", 4)(tx, doc)
		}, not: []Guard{teacher, owner}, why: ErrMisplaced},
		{name: "change Ben's quote", do: set(RootHighlights, "h-ben", keyQuote, map[string]any{}), may: []Guard{owner}, not: []Guard{teacher, classmate}, why: ErrOfAnother},
		{name: "take over Ben's highlight", do: set(RootHighlights, "h-ben", keyBy, cle), not: []Guard{classmate}, why: ErrOfAnother},
		{name: "give one's own highlight away", do: set(RootHighlights, "h-cle", keyBy, ben), not: []Guard{classmate}, why: ErrForged},
		{name: "sign one's own highlight again", do: set(RootHighlights, "h-cle", keyBy, cle), not: []Guard{classmate}, why: ErrForged},
		{name: "unsign one's own highlight", do: func(tx *crdt.Transaction, doc *crdt.Doc) { in(RootHighlights, "h-cle")(doc).Delete(tx, keyBy) },
			not: []Guard{classmate}, why: ErrForged},
		{name: "remove Ben's highlight", do: remove(RootHighlights, "h-ben"), may: []Guard{teacher, owner}, not: []Guard{classmate}, why: ErrOfAnother},
		{name: "remove Cleo's highlight", do: remove(RootHighlights, "h-cle"), may: []Guard{teacher, classmate}, not: []Guard{owner}, why: ErrOfAnother},
		{name: "take Ben's highlight away as Ana", do: set(RootHighlights, "h-ben", keyRemoved, map[string]any{keyBy: ana, keyAt: 1}),
			may: []Guard{teacher}, not: []Guard{classmate}, why: ErrOfAnother},
		{name: "take Ben's highlight away in another's name", do: set(RootHighlights, "h-ben", keyRemoved, map[string]any{keyBy: cle, keyAt: 1}),
			not: []Guard{teacher, owner}, why: ErrForged},
		{name: "highlight without an author", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			setMap(tx, doc.Map(RootHighlights), "h-new", map[string]any{keyAt: 1000})
		}, not: []Guard{teacher, owner, classmate}, why: ErrUnsigned},
		{name: "comment without an author", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			setMap(tx, doc.Map(RootComments), "c-new", map[string]any{keyAt: 1000})
		}, not: []Guard{teacher, owner, classmate}, why: ErrUnsigned},
		{name: "highlight and think better of it", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			highlight(tx, doc, "h-new", cle)
			doc.Map(RootHighlights).Delete(tx, "h-new")
		}, may: []Guard{classmate, strict}},
		{name: "put another in place of Ben's highlight", do: func(tx *crdt.Transaction, doc *crdt.Doc) { highlight(tx, doc, "h-ben", cle) },
			not: []Guard{classmate}, why: ErrOfAnother},
		{name: "put another in place of Ben's highlight and remove it", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			highlight(tx, doc, "h-ben", cle)
			doc.Map(RootHighlights).Delete(tx, "h-ben")
		}, not: []Guard{classmate}, why: ErrOfAnother},
		{name: "put a word in place of a highlight", do: func(tx *crdt.Transaction, doc *crdt.Doc) { doc.Map(RootHighlights).Set(tx, "h", "word") },
			not: []Guard{teacher, classmate}, why: ErrNoSuchPlace},

		{name: "comment as Cleo", do: func(tx *crdt.Transaction, doc *crdt.Doc) { comment(tx, doc, "c-new", cle) },
			may: []Guard{classmate}, not: []Guard{teacher, owner}, why: ErrForged},
		{name: "edit Ben's comment", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			body, _ := get[*crdt.Text](in(RootComments, "c-ben")(doc), keyBody)
			body.Insert(tx, 0, "x")
		}, may: []Guard{owner}, not: []Guard{teacher, classmate}, why: ErrOfAnother},
		{name: "delete words of Ben's comment", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			body, _ := get[*crdt.Text](in(RootComments, "c-ben")(doc), keyBody)
			body.Delete(tx, 0, 4)
		}, may: []Guard{owner}, not: []Guard{teacher, classmate}, why: ErrOfAnother},
		{name: "delete Ben's comment", do: set(RootComments, "c-ben", keyDeleted, true), may: []Guard{teacher, owner}, not: []Guard{classmate}, why: ErrOfAnother},
		{name: "delete Cleo's comment", do: set(RootComments, "c-cle", keyDeleted, true), may: []Guard{teacher, owner, classmate}},
		{name: "settle as Cleo", do: set(RootComments, "c-ben", keyResolved, map[string]any{keyBy: cle, keyAt: 1}), may: []Guard{classmate}, not: []Guard{teacher, owner}, why: ErrForged},
		{name: "aim Ben's comment elsewhere", do: set(RootComments, "c-ben", keyTarget, "h-cle"), not: []Guard{teacher, classmate}, why: ErrOfAnother},

		{name: "react as Cleo", do: func(tx *crdt.Transaction, doc *crdt.Doc) { doc.Map(RootReactions).Set(tx, "c-ben|"+cle+"|🎉", 1) },
			may: []Guard{classmate}, not: []Guard{teacher, owner}, why: ErrForged},
		{name: "take Ben's reaction away", do: remove(RootReactions, "c-cle|"+ben+"|👍"), may: []Guard{owner}, not: []Guard{teacher, classmate}, why: ErrForged},
		{name: "a reaction of no shape", do: func(tx *crdt.Transaction, doc *crdt.Doc) { doc.Map(RootReactions).Set(tx, "x", 1) },
			not: []Guard{teacher, classmate}, why: ErrNoSuchPlace},

		{name: "add a tag", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			setMap(tx, doc.Map(RootTags), "t-new", map[string]any{keyName: "new", keyLocked: false, keyOrigin: OriginOwn})
		}, may: []Guard{teacher, owner, classmate}, not: []Guard{strict}, why: ErrMayNotAddTags},
		{name: "add a tag of the class", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			setMap(tx, doc.Map(RootTags), "t-new", map[string]any{keyName: "new", keyLocked: true, keyOrigin: OriginClass})
		}, may: []Guard{teacher}, not: []Guard{owner, classmate}, why: ErrLockedTag},
		{name: "rename a tag", do: set(RootTags, "t-own", keyName, "x"), may: []Guard{teacher, owner, classmate}, not: []Guard{strict}, why: ErrMayNotAddTags},
		{name: "lock a tag", do: set(RootTags, "t-own", keyLocked, true), may: []Guard{teacher}, not: []Guard{owner, classmate}, why: ErrLockedTag},
		{name: "rename a class tag", do: set(RootTags, "t-class", keyName, "x"), may: []Guard{teacher}, not: []Guard{owner, classmate, strict}, why: ErrLockedTag},
		{name: "unlock a class tag", do: set(RootTags, "t-class", keyLocked, false), may: []Guard{teacher}, not: []Guard{owner, classmate}, why: ErrLockedTag},
		{name: "remove a class tag", do: remove(RootTags, "t-class"), may: []Guard{teacher}, not: []Guard{owner, classmate}, why: ErrLockedTag},
		{name: "put another in place of a class tag", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			setMap(tx, doc.Map(RootTags), "t-class", map[string]any{keyName: "new", keyLocked: false, keyOrigin: OriginOwn})
		}, may: []Guard{teacher}, not: []Guard{owner, classmate}, why: ErrLockedTag},
		{name: "remove a tag", do: remove(RootTags, "t-own"), may: []Guard{teacher, owner, classmate}, not: []Guard{strict}, why: ErrMayNotAddTags},

		{name: "write Ben's response", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			response, _ := get[*crdt.Text](doc.Map(RootResponses), ben)
			response.Insert(tx, 0, "x")
		}, may: []Guard{owner}, not: []Guard{teacher, classmate}, why: ErrOfAnother},
		{name: "begin Cleo's response", do: func(tx *crdt.Transaction, doc *crdt.Doc) { doc.Map(RootResponses).Set(tx, cle, crdt.NewText("x")) },
			may: []Guard{classmate}, not: []Guard{teacher, owner}, why: ErrOfAnother},
		{name: "write the joint response", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			response, _ := get[*crdt.Text](doc.Map(RootResponses), SharedResponse)
			response.Insert(tx, 0, "x")
		}, may: []Guard{teacher, owner, classmate}, not: []Guard{reader}, why: ErrMayNotAnnotate},

		{name: "one good and one bad change", do: func(tx *crdt.Transaction, doc *crdt.Doc) {
			highlight(tx, doc, "h-new", cle)
			doc.Text(RootText).Insert(tx, 0, "x")
		}, not: []Guard{classmate}, why: ErrMayNotEdit},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := newDoc(t)
			update := change(t, server, tt.do)
			before := string(server.Encode(nil))
			for _, g := range tt.may {
				if err := refuse(g, server, update); err != nil {
					t.Errorf("%s is refused: %v", g.User, err)
				}
			}
			for _, g := range tt.not {
				if err := refuse(g, server, update); !errors.Is(err, tt.why) {
					t.Errorf("%s: %v, want %v", g.User, err, tt.why)
				}
			}
			if string(server.Encode(nil)) != before {
				t.Error("asking changed the Doc")
			}
		})
	}
}

// refuse inspects an update and asks g about it.
func refuse(g Guard, doc *crdt.Doc, update []byte) error {
	changes, err := doc.Inspect(update)
	if err != nil {
		return err
	}
	return g.Refuse(doc, changes)
}

// change returns the update that somebody makes on a copy of server.
func change(t *testing.T, server *crdt.Doc, do func(tx *crdt.Transaction, doc *crdt.Doc)) []byte {
	t.Helper()
	client := crdt.New(crdt.Options{})
	if err := client.Apply(server.Encode(nil), nil); err != nil {
		t.Fatal(err)
	}
	known := client.StateVector()
	client.Transact(nil, func(tx *crdt.Transaction) { do(tx, client) })
	update := client.Encode(known)
	return update
}

// The updates are yjs's own, of what the browser client does: see testdata/record.mjs.
func TestGuard_LetsRealEditsThrough(t *testing.T) {
	raw, err := os.ReadFile("testdata/edits.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		State, Late []byte
		Steps       []struct {
			Name   string
			Update []byte
		}
	}
	if err := json.Unmarshal(raw, &recorded); err != nil {
		t.Fatal(err)
	}
	start := func() *crdt.Doc {
		doc := crdt.New(crdt.Options{})
		if err := doc.Apply(recorded.State, nil); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	doc := start()
	for _, step := range recorded.Steps {
		if err := refuse(classmate, doc, step.Update); err != nil {
			t.Errorf("%s: %v", step.Name, err)
		}
		if err := refuse(reader, doc, step.Update); err == nil {
			t.Errorf("%s: a reader may do it", step.Name)
		}
		if err := doc.Apply(step.Update, nil); err != nil {
			t.Fatalf("%s: %v", step.Name, err)
		}
	}
	if err := refuse(classmate, start(), recorded.Late); err != nil {
		t.Errorf("all at once: %v", err)
	}
	if err := refuse(owner, start(), recorded.Late); !errors.Is(err, ErrForged) {
		t.Errorf("all at once by somebody else: %v", err)
	}
	said := Read(doc)
	if len(said.Highlights) != 1 || said.Highlights[0].Exact != "Why" || said.Highlights[0].Turn != "aaaaaaaaa1" ||
		len(said.Comments) != 2 || said.Comments[0].Body != "Says who?" || said.Comments[0].ResolvedBy != cle || said.Notes != ", volume 1" {
		t.Errorf("read back as %+v", said)
	}
}

func TestGuard_WhatBuildsOnTheUnknownIsRefused(t *testing.T) {
	server := newDoc(t)
	var second []byte
	client := crdt.New(crdt.Options{})
	if err := client.Apply(server.Encode(nil), nil); err != nil {
		t.Fatal(err)
	}
	client.Transact(nil, func(tx *crdt.Transaction) { client.Text(RootNotes).Insert(tx, 0, "a") })
	cancel := client.OnUpdate(func(update []byte, _ any) { second = append([]byte(nil), update...) })
	defer cancel()
	client.Transact(nil, func(tx *crdt.Transaction) { client.Text(RootText).Insert(tx, 1, "b") })
	if err := refuse(classmate, server, second); !errors.Is(err, ErrIncomplete) {
		t.Errorf("an update whose forerunner is missing: %v", err)
	}
}
