package annotation

import (
	"crypto/rand"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"grimoire/internal/crdt"
)

func TestSeed_IsReadBack(t *testing.T) {
	turns := []Turn{
		{ID: "aaaaaaaaa1", Role: "user", Speaker: "Ana\x00", Kind: "message", Markdown: "One\r\ntwo \x1efake"},
		{ID: "aaaaaaaaa2", Role: "assistant", Model: "gpt-x", Kind: "thinking", Markdown: "👩‍👩‍👧 *so*\n\n- a\n- b"},
	}
	state, err := Seed(rand.Reader, "Rome\r\n", turns)
	if err != nil {
		t.Fatal(err)
	}
	doc := crdt.New(crdt.Options{})
	if err := doc.Apply(state, nil); err != nil {
		t.Fatal(err)
	}
	said := Read(doc)
	want := []Turn{
		{ID: "aaaaaaaaa1", Role: "user", Speaker: "Ana", Kind: "message", Markdown: "One\ntwo fake"},
		turns[1],
	}
	if diff := cmp.Diff(said.Turns, want); diff != "" {
		t.Errorf("got, then want:\n%s", diff)
	}
	if said.Title != "Rome\n" || len(said.Tags) != len(defaultTags) {
		t.Errorf("title %q, %d tags", said.Title, len(said.Tags))
	}
	for i, tag := range said.Tags {
		if tag.Name != defaultTags[i].Name || !tag.Locked || tag.Origin != OriginClass || tag.Colour == "" || tag.Pattern == "" {
			t.Errorf("tag %d is %+v", i, tag)
		}
	}
	if v, _ := doc.Map(RootMeta).Get(keyVersion); fmt.Sprint(v) != fmt.Sprint(Version) {
		t.Errorf("version %v (%T)", v, v)
	}
	if text := doc.Text(RootText).String(); text != "\x1eaaaaaaaaa1\nOne\ntwo fake\n\n\x1eaaaaaaaaa2\n"+turns[1].Markdown+"\n\n" {
		t.Errorf("text %q", text)
	}
}

func TestSeed_GivesTurnsWithoutAnIDOne(t *testing.T) {
	state, err := Seed(rand.Reader, "x", []Turn{{Markdown: "a"}, {Markdown: "b"}})
	if err != nil {
		t.Fatal(err)
	}
	doc := crdt.New(crdt.Options{})
	if err := doc.Apply(state, nil); err != nil {
		t.Fatal(err)
	}
	said := Read(doc)
	if len(said.Turns) != 2 || len(said.Turns[0].ID) != idLength || said.Turns[0].ID == said.Turns[1].ID {
		t.Errorf("turns %+v", said.Turns)
	}
}

func TestSeed_SaysWhenThereIsNoRandomness(t *testing.T) {
	if _, err := Seed(strings.NewReader("ab"), "x", nil); err == nil {
		t.Error("seeded without randomness")
	}
}

func TestRead_OrdersWhatPeopleLeft(t *testing.T) {
	doc := newDoc(t)
	doc.Transact(nil, func(tx *crdt.Transaction) {
		getMap(doc.Map(RootComments), "c-cle").Set(tx, keyAt, 500)
		getMap(doc.Map(RootComments), "c-ben").Set(tx, keyDeleted, true)
		setMap(tx, doc.Map(RootHighlights), "h-gone", map[string]any{keyBy: ben, keyAt: 1, keyQuote: map[string]any{keyExact: "Carthage"}})
		setMap(tx, doc.Map(RootHighlights), "h-early", map[string]any{keyBy: ben, keyAt: 2.0, keyQuote: map[string]any{keyExact: "fall?"}})
	})
	said := Read(doc)
	var highlights []string
	for _, h := range said.Highlights {
		highlights = append(highlights, h.ID+" in "+h.Turn)
	}
	want := []string{"h-early in aaaaaaaaa1", "h-ben in aaaaaaaaa1", "h-cle in aaaaaaaaa1", "h-gone in "}
	if diff := cmp.Diff(highlights, want); diff != "" {
		t.Errorf("highlights, got, then want:\n%s", diff)
	}
	wantComments := []Comment{
		{ID: "c-cle", Target: "h-ben", By: cle, At: time.UnixMilli(500).UTC(), Body: "Says who?", Reactions: map[string][]string{"👍": {ben}}},
		{ID: "c-ben", Target: "h-ben", By: ben, At: time.UnixMilli(1000).UTC(), Deleted: true, Reactions: map[string][]string{"👍": {cle}}},
	}
	if diff := cmp.Diff(said.Comments, wantComments); diff != "" {
		t.Errorf("comments, got, then want:\n%s", diff)
	}
	if diff := cmp.Diff(said.Responses, map[string]string{ben: "mine", SharedResponse: "ours"}); diff != "" {
		t.Errorf("responses, got, then want:\n%s", diff)
	}
}

func TestRead_SurvivesAnythingAMemberCanWrite(t *testing.T) {
	values := []any{nil, true, int64(7), 1e300, math.NaN(), "word", []byte{1}, []any{1, "x"}, map[string]any{"by": 1}}
	doc := crdt.New(crdt.Options{})
	doc.Transact(nil, func(tx *crdt.Transaction) {
		for _, root := range []string{RootMeta, RootTurns, RootHighlights, RootComments, RootReactions, RootTags, RootResponses} {
			for i, value := range values {
				doc.Map(root).Set(tx, string(rune('a'+i)), value)
			}
			entry := map[string]any{}
			for i, key := range []string{keyBy, keyAt, keyQuote, keyTags, keyBody, keyDeleted, keyResolved, keyName, keyPos, keyLocked, keyTitle} {
				entry[key] = values[i%len(values)]
			}
			setMap(tx, doc.Map(root), "entry", entry)
		}
		doc.Map(RootMeta).Set(tx, keyTitle, 7)
		getMap(doc.Map(RootComments), "entry").Set(tx, keyAt, 1e300)
	})
	said := Read(doc)
	if said.Title != "" || len(said.Highlights) != 1 || len(said.Comments) != 1 || len(said.Tags) != 1 {
		t.Errorf("read as %+v", said)
	}
	if at := said.Comments[0].At; !at.IsZero() {
		t.Errorf("a time that no export can write: %v", at)
	}
}
