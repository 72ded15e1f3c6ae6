package annotation

import (
	"crypto/rand"
	"strings"
	"testing"
	"unicode/utf16"

	"grimoire/internal/crdt"
)

// A highlight is in the turn where its text is now, whatever was edited since; text that
// was deleted is nowhere, also when the same words stand elsewhere.
func TestRead_FindsTheTurnOfAHighlight(t *testing.T) {
	const first, second, third = "aaaaaaaaa1", "aaaaaaaaa2", "aaaaaaaaa3"
	units := func(s string) int { return len(utf16.Encode([]rune(s))) }
	at := func(doc *crdt.Doc, words string) int { // in UTF-16 units
		content := doc.Text(RootText).String()
		i := strings.Index(content, words)
		if i < 0 {
			t.Fatalf("no %q in %q", words, content)
		}
		return units(content[:i])
	}
	remove := func(words string) func(*crdt.Transaction, *crdt.Doc) {
		return func(tx *crdt.Transaction, doc *crdt.Doc) {
			doc.Text(RootText).Delete(tx, at(doc, words), units(words))
		}
	}
	insert := func(before, words string) func(*crdt.Transaction, *crdt.Doc) {
		return func(tx *crdt.Transaction, doc *crdt.Doc) { doc.Text(RootText).Insert(tx, at(doc, before), words) }
	}
	for _, tt := range []struct {
		name  string
		marks string // what is highlighted: the first place where it stands
		edits []func(*crdt.Transaction, *crdt.Doc)
		want  string
	}{
		{"untouched", "the war came", nil, second},
		{"at the very end", "fell.", nil, third},
		{"across turns", "came peace.\n\n" + Marker(third) + "An", nil, second},
		{"behind more than one unit a character", "war", []func(*crdt.Transaction, *crdt.Doc){insert("war", "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧")}, first},
		{"of a turn that was split before it", "came peace", []func(*crdt.Transaction, *crdt.Doc){insert("came", "\n\n"+Marker("bbbbbbbbb1"))}, "bbbbbbbbb1"},
		{"of a turn that was merged with the one before", "came peace", []func(*crdt.Transaction, *crdt.Doc){remove(Marker(second))}, first},
		{"its beginning was deleted", "the war came", []func(*crdt.Transaction, *crdt.Doc){remove("the war c")}, second},
		{"deleted, and the same words stand before it", "the war came", []func(*crdt.Transaction, *crdt.Doc){
			insert("Then", "Again the war came in vain. "), remove("the war came peace"),
		}, ""},
		{"written anew by undo", "the war came", []func(*crdt.Transaction, *crdt.Doc){remove("Before the war came"), insert(" peace", "Before the war came")}, second},
		{"moved to another turn by hand", "the war came", []func(*crdt.Transaction, *crdt.Doc){
			remove("Before the war came"), insert("fell.", "Before the war came"),
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			state, err := Seed(rand.Reader, "Rome", []Turn{
				{ID: first, Role: "user", Kind: "message", Markdown: "👩‍👩‍👧 Then war began."},
				{ID: second, Role: "assistant", Kind: "message", Markdown: "Before the war came peace."},
				{ID: third, Role: "user", Kind: "message", Markdown: "An empire fell."},
			})
			if err != nil {
				t.Fatal(err)
			}
			doc := crdt.New(crdt.Options{})
			if err := doc.Apply(state, nil); err != nil {
				t.Fatal(err)
			}
			content := doc.Text(RootText).String()
			i := strings.Index(content, tt.marks)
			start, end := anchor(doc, at(doc, tt.marks), units(tt.marks))
			doc.Transact(nil, func(tx *crdt.Transaction) {
				setMap(tx, doc.Map(RootHighlights), "h", map[string]any{keyStart: start, keyEnd: end, keyBy: ben, keyAt: 1,
					keyQuote: map[string]any{keyExact: tt.marks, keyPrefix: content[max(0, i-12):i], keySuffix: content[i+len(tt.marks):]}})
			})
			for _, edit := range tt.edits {
				doc.Transact(nil, func(tx *crdt.Transaction) { edit(tx, doc) })
			}
			if got := Read(doc).Highlights[0].Turn; got != tt.want {
				t.Errorf("in turn %q of %q, want %q", got, doc.Text(RootText), tt.want)
			}
		})
	}
}

func TestReadEnds_TakesNothingFromBytesThatAreNoPosition(t *testing.T) {
	doc := crdt.New(crdt.Options{})
	doc.Transact(nil, func(tx *crdt.Transaction) {
		setMap(tx, doc.Map(RootHighlights), "h", map[string]any{keyStart: []byte{0xff, 0xff}, keyEnd: "no bytes"})
	})
	if e := readEnds(getMap(doc.Map(RootHighlights), "h")); e.start != nil || e.end != nil {
		t.Errorf("read as %+v", e)
	}
}
