package annotation

import (
	"testing"

	"grimoire/internal/crdt"
)

type edit = func(*crdt.Transaction, *crdt.Doc)

func removeFrom(root, id string) edit {
	return func(tx *crdt.Transaction, doc *crdt.Doc) { doc.Map(root).Delete(tx, id) }
}

func makeComment(id, by string) edit {
	return func(tx *crdt.Transaction, doc *crdt.Doc) { comment(tx, doc, id, by) }
}

func makeHighlight(id, by string) edit {
	return func(tx *crdt.Transaction, doc *crdt.Doc) { highlight(tx, doc, id, by) }
}

func mark(root, id, key string, value any) edit {
	return func(tx *crdt.Transaction, doc *crdt.Doc) { getMap(doc.Map(root), id).Set(tx, key, value) }
}

// browser is a page of somebody: what one writes there is of one client.
type browser struct {
	*crdt.Doc
	t *testing.T
}

func open(t *testing.T, server *crdt.Doc) browser {
	t.Helper()
	p := browser{crdt.New(crdt.Options{}), t}
	p.hear(server)
	return p
}

func (p browser) hear(server *crdt.Doc) {
	p.t.Helper()
	if err := p.Apply(server.Encode(p.StateVector()), nil); err != nil {
		p.t.Fatal(err)
	}
}

// does returns the one update of all edits.
func (p browser) does(edits ...edit) []byte {
	var updates [][]byte
	defer p.OnUpdate(func(update []byte, _ any) { updates = append(updates, update) })()
	for _, do := range edits {
		p.Transact(nil, func(tx *crdt.Transaction) { do(tx, p.Doc) })
	}
	return merged(p.t, updates...)
}

// What others have answered or deleted cannot be made anew under its id, by whatever way and whatever right.
func TestGuard_NothingTakesThePlaceOfWhatOthersKnow(t *testing.T) {
	var (
		deleted = mark(RootComments, "c-cle", keyDeleted, true)
		taken   = mark(RootHighlights, "h-cle", keyRemoved, map[string]any{keyBy: ana, keyAt: 1})
	)
	for _, tt := range []struct {
		name   string
		before edit // by the teacher; nil: nothing
		by     Guard
		do     []edit
		want   error
	}{
		{"remove one's own comment", nil, classmate, []edit{removeFrom(RootComments, "c-cle")}, nil},
		{"remove it when it was deleted", deleted, classmate, []edit{removeFrom(RootComments, "c-cle")}, ErrOfAnother},
		{"the same as who may delete any", deleted, owner, []edit{removeFrom(RootComments, "c-cle")}, ErrOfAnother},
		{"the same as the teacher, from another page", deleted, teacher, []edit{removeFrom(RootComments, "c-cle")}, ErrOfAnother},
		{"remove it and make it anew", deleted, classmate, []edit{removeFrom(RootComments, "c-cle"), makeComment("c-cle", cle)}, ErrOfAnother},
		{"make it anew", deleted, classmate, []edit{makeComment("c-cle", cle)}, ErrOfAnother},
		{"make another's comment one's own, as who may delete any", nil, owner, []edit{makeComment("c-cle", ben)}, ErrOfAnother},
		{"make another's highlight one's own, as the teacher", nil, teacher, []edit{makeHighlight("h-cle", ana)}, ErrOfAnother},
		{"make one's own highlight anew", nil, classmate, []edit{makeHighlight("h-cle", cle)}, nil},
		{"make one's own comment anew, which is to edit it", nil, classmate, []edit{makeComment("c-cle", cle)}, nil},
		{"remove one's own highlight that was taken away", taken, classmate, []edit{removeFrom(RootHighlights, "h-cle")}, ErrOfAnother},
		{"the same as the teacher", taken, teacher, []edit{removeFrom(RootHighlights, "h-cle")}, nil},
		{"the same as another teacher", taken, Guard{User: ben, Annotate: true, RemoveAny: true}, []edit{removeFrom(RootHighlights, "h-cle")}, nil},
		{"make it anew", taken, classmate, []edit{makeHighlight("h-cle", cle)}, ErrOfAnother},
		{"comment under the id of one that is gone", removeFrom(RootComments, "c-cle"), classmate, []edit{makeComment("c-cle", cle)}, ErrOfAnother},
		{"the same as somebody else", removeFrom(RootComments, "c-cle"), owner, []edit{makeComment("c-cle", ben)}, ErrOfAnother},
		{"highlight under the id of one that is gone", removeFrom(RootHighlights, "h-cle"), classmate, []edit{makeHighlight("h-cle", cle)}, ErrOfAnother},
		{"the same as somebody else", removeFrom(RootHighlights, "h-cle"), owner, []edit{makeHighlight("h-cle", ben)}, ErrOfAnother},
		{"the same as the teacher", removeFrom(RootHighlights, "h-cle"), teacher, []edit{makeHighlight("h-cle", ana)}, ErrOfAnother},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := newDoc(t)
			if tt.before != nil {
				if err := server.Apply(open(t, server).does(tt.before), nil); err != nil {
					t.Fatal(err)
				}
			}
			if err := refuse(tt.by, server, open(t, server).does(tt.do...)); err != tt.want {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// Undo and redo are of the page that did it: there everything comes and goes, online or all at once.
func TestGuard_ThePageThatMadeSomethingUndoesAndRedoesIt(t *testing.T) {
	for _, online := range []bool{true, false} {
		server := newDoc(t)
		p := open(t, server)
		says := func(what string, edits ...edit) {
			t.Helper()
			update := p.does(edits...)
			if err := refuse(classmate, server, update); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if err := server.Apply(update, nil); err != nil {
				t.Fatal(err)
			}
		}
		undeleted := mark(RootComments, "c-new", keyDeleted, false)
		says("comment", makeComment("c-new", cle))
		says("delete it", mark(RootComments, "c-new", keyDeleted, true))
		if online {
			says("undo that", undeleted)
			says("undo it", removeFrom(RootComments, "c-new"))
		} else {
			says("undo both", undeleted, removeFrom(RootComments, "c-new"))
		}
		says("redo it", makeComment("c-new", cle))
		says("highlight", makeHighlight("h-new", cle))
		says("undo it", removeFrom(RootHighlights, "h-new"))
		says("redo it", makeHighlight("h-new", cle))
		if all := Read(server); len(all.Comments) != 3 || len(all.Highlights) != 3 {
			t.Errorf("%d comments and %d highlights are there", len(all.Comments), len(all.Highlights))
		}
	}
}

// What a page repeats of others is told from its own by the names in it, whatever the page may do itself.
func TestGuard_TellsWhatOthersHaveSigned(t *testing.T) {
	for name, of := range map[string]struct {
		do     []edit
		others bool
	}{
		"one's own":               {[]edit{makeComment("c", cle), makeHighlight("h", cle)}, false},
		"text":                    {[]edit{func(tx *crdt.Transaction, doc *crdt.Doc) { doc.Text(RootText).Insert(tx, 0, "x") }}, false},
		"another's comment":       {[]edit{makeComment("c", ben)}, true},
		"another's highlight":     {[]edit{makeHighlight("h", cle), makeHighlight("i", ben)}, true},
		"another's reaction":      {[]edit{func(tx *crdt.Transaction, doc *crdt.Doc) { doc.Map(RootReactions).Set(tx, "c-cle|"+ben+"|x", 1) }}, true},
		"settled by another":      {[]edit{mark(RootComments, "c-cle", keyResolved, map[string]any{keyBy: ben, keyAt: 1})}, true},
		"taken away by another":   {[]edit{mark(RootHighlights, "h-cle", keyRemoved, map[string]any{keyBy: ana, keyAt: 1})}, true},
		"not for her, but by her": {[]edit{mark(RootTags, "t-class", keyName, "x"), mark(RootHighlights, "h-ben", keyRemoved, map[string]any{keyBy: cle, keyAt: 1})}, false},
	} {
		for _, by := range []Guard{classmate, {User: cle}} {
			server := newDoc(t)
			p := open(t, server)
			changes, err := server.Inspect(p.does(of.do...))
			if err != nil {
				t.Fatal(err)
			}
			if got := by.SignedByOthers(server, changes); len(got) > 1 || got[p.ClientID()] != of.others {
				t.Errorf("%s: %v are of others, want %v of %d", name, got, of.others, p.ClientID())
			}
		}
	}
}
