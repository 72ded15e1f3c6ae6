package crdt_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"unicode/utf16"

	"grimoire/internal/crdt"
)

// plainText is a text as simple as can be: UTF-16 units with their formats.
type plainText []plainUnit

type plainUnit struct {
	unit   uint16 // 0 for an embedded object
	object string
	attrs  map[string]string // formats, their values printed
}

const lost = 0xfffd // what becomes of half a surrogate pair

// cut splits a pair that index i is in the middle of, as the engine does for good.
func (p plainText) cut(i int) {
	if i > 0 && i < len(p) && utf16.IsSurrogate(rune(p[i-1].unit)) && p[i-1].unit < 0xdc00 && p[i].unit >= 0xdc00 && utf16.IsSurrogate(rune(p[i].unit)) {
		p[i-1].unit, p[i].unit = lost, lost
	}
}

func (p plainText) insert(i int, s string, attrs map[string]string) plainText {
	p.cut(i)
	var units plainText
	for _, u := range utf16.Encode([]rune(s)) {
		units = append(units, plainUnit{unit: u, attrs: attrs})
	}
	return slices.Insert(p, i, units...)
}

func (p plainText) delete(i, n int) plainText {
	p.cut(i)
	p.cut(i + n)
	return slices.Delete(p, i, i+n)
}

func (p plainText) format(i, n int, a crdt.Attribute) {
	p.cut(i)
	p.cut(i + n)
	for ; n > 0; i, n = i+1, n-1 {
		attrs := maps.Clone(p[i].attrs)
		if a.Value == nil {
			delete(attrs, a.Key)
		} else {
			if attrs == nil {
				attrs = map[string]string{}
			}
			attrs[a.Key] = fmt.Sprint(a.Value)
		}
		p[i].attrs = attrs
	}
}

// before returns the formats of the unit left of i, which text inherits.
func (p plainText) before(i int) map[string]string {
	if i == 0 {
		return nil
	}
	return p[i-1].attrs
}

func (p plainText) print() []string {
	var lines []string
	for i := 0; i < len(p); i++ {
		u := p[i]
		char := "object " + u.object
		if u.unit != 0 {
			r := rune(u.unit)
			if utf16.IsSurrogate(r) {
				i++
				r = utf16.DecodeRune(r, rune(p[i].unit))
			}
			char = string(r)
		}
		lines = append(lines, printed(char, u.attrs))
	}
	return lines
}

func printed(char string, attrs map[string]string) string {
	for _, key := range slices.Sorted(maps.Keys(attrs)) {
		char += " " + key + "=" + attrs[key]
	}
	return char
}

// printText prints a text of the engine like print.
func printText(x *crdt.Text) []string {
	var lines []string
	for _, op := range x.Delta() {
		attrs := map[string]string{}
		for _, a := range op.Attributes {
			attrs[a.Key] = fmt.Sprint(a.Value)
		}
		if s, ok := op.Insert.(string); ok {
			for _, r := range s {
				lines = append(lines, printed(string(r), attrs))
			}
		} else {
			lines = append(lines, printed(fmt.Sprint("object ", op.Insert), attrs))
		}
	}
	return lines
}

// Under random edits of every sort a text must be what units in a slice are. The
// Doc and one that gets its updates must be sound after every edit, and end the
// same.
func TestText_EqualsUnitsInASlice(t *testing.T) {
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, seed))
	for round := range 60 {
		formats, pairs := round%2 > 0, round%4 > 1
		words := []string{"a", "hello", "ü", "日本", "x\ny", "0123456789"}
		if pairs {
			words = append(words, "😀", "a𝒳b")
		}
		d := crdt.New(crdt.Options{ClientID: 1, NoGC: round%3 == 0})
		mirror := crdt.New(crdt.Options{ClientID: 2})
		d.OnUpdate(func(u []byte, _ any) {
			if err := mirror.Apply(u, nil); err != nil {
				t.Fatal(err)
			}
		})
		text := d.Text("text")
		var want plainText
		for step := range 150 {
			i := rng.IntN(len(want) + 1)
			rest := len(want) - i
			word := words[rng.IntN(len(words))]
			a := crdt.Attribute{Key: []string{"bold", "em"}[rng.IntN(2)], Value: []any{true, "x", nil}[rng.IntN(3)]}
			only := plainText{{}}
			only.format(0, 1, a)
			what := ""
			d.Transact(nil, func(tx *crdt.Transaction) {
				switch op := rng.IntN(10); {
				case op < 3 && rest > 0:
					n := 1 + rng.IntN(min(rest, 6))
					what = fmt.Sprint("delete ", i, n)
					text.Delete(tx, i, n)
					want = want.delete(i, n)
				case op < 5 && rest > 0 && formats:
					n := 1 + rng.IntN(rest)
					what = fmt.Sprint("format ", i, n, a)
					text.Format(tx, i, n, crdt.Attributes{a})
					want.format(i, n, a)
				case op == 5 && formats:
					what = fmt.Sprint("insert with ", i, word, a)
					text.InsertWith(tx, i, word, crdt.Attributes{a})
					want = want.insert(i, word, only[0].attrs)
				case op == 6:
					what = fmt.Sprint("embed ", i, a)
					text.InsertEmbed(tx, i, map[string]any{"n": float64(step)}, crdt.Attributes{a})
					want.cut(i)
					want = slices.Insert(want, i, plainUnit{object: fmt.Sprint(map[string]any{"n": float64(step)}), attrs: only[0].attrs})
				default:
					what = fmt.Sprint("insert ", i, word)
					text.Insert(tx, i, word)
					want = want.insert(i, word, want.before(i))
				}
			})
			if got := printText(text); !slices.Equal(got, want.print()) || text.Len() != len(want) {
				t.Fatalf("seed %d round %d step %d, %s:\n got %q\nwant %q", seed, round, step, what, got, want.print())
			}
			if err := errors.Join(d.Check(), mirror.Check()); err != nil {
				t.Fatalf("seed %d round %d step %d, %s: %v", seed, round, step, what, err)
			}
		}
		if formats && pairs {
			continue // a format that changes nothing splits a pair here only, as in yjs
		}
		if got := printText(mirror.Text("text")); !slices.Equal(got, want.print()) {
			t.Fatalf("seed %d round %d: the mirror has %q, want %q", seed, round, got, want.print())
		}
		if round%3 > 0 && !bytes.Equal(mirror.Encode(nil), d.Encode(nil)) {
			t.Fatalf("seed %d round %d: the mirror's state differs", seed, round)
		}
	}
}
