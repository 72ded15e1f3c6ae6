package crdt_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"grimoire/internal/crdt"
)

// inspected lists changes as "client kind root/step/step".
func inspected(changes []crdt.Change) []string {
	var out []string
	for _, c := range changes {
		where := "nowhere"
		if c.Place != nil {
			where = c.Place.Root
			for _, s := range c.Place.Path() {
				if s.InList {
					where += "/…"
				} else {
					where += "/" + s.Key
				}
			}
		}
		out = append(out, fmt.Sprintf("%d %v %s", c.Client, c.Kind, where))
	}
	return out
}

// commented returns a Doc with a text and a comment, made by client 1.
func commented(t *testing.T) *crdt.Doc {
	t.Helper()
	d := crdt.New(crdt.Options{ClientID: 1})
	d.Transact(nil, func(tx *crdt.Transaction) {
		d.Text("text").Insert(tx, 0, "hello world")
		comment := crdt.NewMap()
		comment.Set(nil, "by", "ada")
		comment.Set(nil, "body", crdt.NewText("why?"))
		d.Map("comments").Set(tx, "c1", comment)
	})
	return d
}

// editOf returns the update of an edit that client 2 makes in a copy of d.
func editOf(t *testing.T, d *crdt.Doc, edit func(*crdt.Doc, *crdt.Transaction)) []byte {
	t.Helper()
	mine := crdt.New(crdt.Options{ClientID: 2})
	if err := mine.Apply(d.Encode(nil), nil); err != nil {
		t.Fatal(err)
	}
	var update []byte
	mine.OnUpdate(func(u []byte, _ any) { update = u })
	mine.Transact(nil, func(tx *crdt.Transaction) { edit(mine, tx) })
	return update
}

func TestInspect_SaysWhereAndWhose(t *testing.T) {
	comment := func(d *crdt.Doc) *crdt.Map {
		c, _ := d.Map("comments").Get("c1")
		return c.(*crdt.Map)
	}
	for _, c := range []struct {
		name           string
		edit           func(*crdt.Doc, *crdt.Transaction)
		items, deletes []string
	}{
		{"text beside text", func(d *crdt.Doc, tx *crdt.Transaction) { d.Text("text").Insert(tx, 5, ",") },
			[]string{"2 String text/…"}, nil},
		{"part of a text deleted", func(d *crdt.Doc, tx *crdt.Transaction) { d.Text("text").Delete(tx, 2, 3) },
			nil, []string{"1 String text/…"}},
		{"key of a nested map overwritten", func(d *crdt.Doc, tx *crdt.Transaction) { comment(d).Set(tx, "by", "eve") },
			[]string{"2 Any comments/c1/by"}, []string{"1 Any comments/c1/by"}},
		{"text in a nested text", func(d *crdt.Doc, tx *crdt.Transaction) {
			body, _ := comment(d).Get("body")
			body.(*crdt.Text).Insert(tx, 0, "so ")
		}, []string{"2 String comments/c1/body/…"}, nil},
		{"a whole comment deleted with what it holds", func(d *crdt.Doc, tx *crdt.Transaction) { d.Map("comments").Delete(tx, "c1") },
			nil, []string{"1 Type comments/c1", "1 Any comments/c1/by", "1 Type comments/c1/body", "1 String comments/c1/body/…"}},
		{"a comment replaced by a type that is filled", func(d *crdt.Doc, tx *crdt.Transaction) {
			m := crdt.NewMap()
			m.Set(nil, "by", "eve")
			d.Map("comments").Set(tx, "c1", m)
		}, []string{"2 Type comments/c1", "2 Any comments/c1/by"},
			[]string{"1 Type comments/c1", "1 Any comments/c1/by", "1 Type comments/c1/body", "1 String comments/c1/body/…"}},
		{"a root nobody knew", func(d *crdt.Doc, tx *crdt.Transaction) { d.Array("secret").Push(tx, 1, crdt.NewArray("x")) },
			[]string{"2 Any secret/…", "2 Type secret/…", "2 Any secret/…/…"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := commented(t)
			update := editOf(t, d, c.edit)
			before := d.Encode(nil)
			in, err := d.Inspect(update)
			if err != nil {
				t.Fatal(err)
			}
			items, deletes := inspected(in.Items), inspected(in.Deletes)
			slices.Sort(deletes)
			slices.Sort(c.deletes)
			if !slices.Equal(items, c.items) {
				t.Errorf("items\n got %s\nwant %s", strings.Join(items, "\n     "), strings.Join(c.items, "\n     "))
			}
			if !slices.Equal(deletes, c.deletes) {
				t.Errorf("deletes\n got %s\nwant %s", strings.Join(deletes, "\n     "), strings.Join(c.deletes, "\n     "))
			}
			if len(in.Missing) > 0 {
				t.Errorf("missing %v", in.Missing)
			}
			if string(d.Encode(nil)) != string(before) {
				t.Error("inspecting changed the Doc")
			}
		})
	}
}

func TestInspect_NamesWhatIsMissing(t *testing.T) {
	d := commented(t)
	other := crdt.New(crdt.Options{ClientID: 7})
	other.Transact(nil, func(tx *crdt.Transaction) { other.Text("text").Insert(tx, 0, "unseen") })
	update := editOf(t, other, func(d *crdt.Doc, tx *crdt.Transaction) { d.Text("text").Insert(tx, 6, "!") })
	in, err := d.Inspect(update)
	if err != nil {
		t.Fatal(err)
	}
	if want := (crdt.ID{Client: 7, Clock: 5}); len(in.Missing) != 1 || in.Missing[0] != want {
		t.Errorf("missing %v, want %v", in.Missing, want)
	}
	if in.Items[0].Place != nil {
		t.Errorf("place of an Item beside a missing one: %v", in.Items[0].Place)
	}
}

func TestInspect_RefusesDamage(t *testing.T) {
	if _, err := commented(t).Inspect([]byte{1, 1}); err == nil {
		t.Error("no error for a damaged update")
	}
}
