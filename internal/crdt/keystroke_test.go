package crdt_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"grimoire/internal/crdt"
)

// Keystrokes take a short way in a Doc that nobody observes, another where somebody hears
// of updates, and the long way where somebody observes a type. All must have the same bytes
// all the time, and tell the same.
func TestApply_KeystrokesEndAsTheLongWayDoes(t *testing.T) {
	const seed, rounds, steps = 41, 20, 1000
	for round := range rounds {
		k := newKeystrokes(t, rand.New(rand.NewPCG(seed, uint64(round))))
		for step := range steps {
			k.step()
			if step%5 > 0 {
				continue
			}
			if err := k.compare(); err != nil {
				t.Fatalf("seed %d, round %d, step %d: %v", seed, round, step, err)
			}
		}
	}
}

// keystrokes is a text that two people write, and Docs that receive the updates and edit
// it too, all in the same way.
type keystrokes struct {
	t       *testing.T
	rng     *rand.Rand
	writers [2]*crdt.Doc
	typists [3]typist // the writers, and what the receivers do
	late    [][]byte  // what has not arrived yet
	*receivers

	formats bool
	turns   int // of the writers between two of the receivers
	delay   int // every so many updates one is late
}

type typist struct{ at, key int }

// receivers apply the same by three ways.
type receivers struct {
	short, told, long *crdt.Doc
	heard             [2][][]byte // by observers of updates of told and long, in both formats
}

func newReceivers(o crdt.Options) *receivers {
	r := &receivers{short: crdt.New(o), told: crdt.New(o), long: crdt.New(o)}
	for i, d := range []*crdt.Doc{r.told, r.long} {
		hear := func(update []byte, _ any) { r.heard[i] = append(r.heard[i], update) }
		d.OnUpdate(hear)
		d.OnUpdateV2(hear)
	}
	r.long.Text("of no interest").Observe(func(*crdt.Event) {})
	return r
}

func (r *receivers) all() []*crdt.Doc { return []*crdt.Doc{r.short, r.told, r.long} }

func (r *receivers) apply(update []byte) error {
	return errors.Join(r.short.Apply(update, nil), r.told.Apply(update, nil), r.long.Apply(update, nil))
}

func (r *receivers) compare() error {
	want := r.long.Encode(nil)
	for _, d := range r.all() {
		if got := d.Encode(nil); !bytes.Equal(got, want) {
			return fmt.Errorf("%x, want %x", got, want)
		}
	}
	if !slices.EqualFunc(r.heard[0], r.heard[1], bytes.Equal) {
		return fmt.Errorf("observers heard %x, want %x", r.heard[0], r.heard[1])
	}
	r.heard = [2][][]byte{}
	return errors.Join(r.short.Check(), r.told.Check(), r.long.Check())
}

func newKeystrokes(t *testing.T, rng *rand.Rand) *keystrokes {
	k := &keystrokes{t: t, rng: rng, formats: rng.IntN(4) == 0, turns: 4 + rng.IntN(40), delay: 10 + rng.IntN(1000)}
	k.receivers = newReceivers(crdt.Options{ClientID: 3, NoGC: rng.IntN(4) == 0})
	for i, client := range []uint64{1, 1 << 50} {
		w := crdt.New(crdt.Options{ClientID: client})
		w.OnUpdate(func(update []byte, origin any) {
			switch {
			case origin == k: // it is theirs
			case rng.IntN(k.delay) == 0:
				k.late = append(k.late, update)
			default:
				k.receive(update)
			}
		})
		k.writers[i] = w
	}
	return k
}

func (k *keystrokes) receive(update []byte) {
	k.t.Helper()
	if err := k.apply(update); err != nil {
		k.t.Fatal(err)
	}
}

// step lets a writer edit, or the receivers when all has arrived.
func (k *keystrokes) step() {
	if k.rng.IntN(k.turns) > 0 {
		i := k.rng.IntN(50) / 49
		k.typists[i].edit(k.writers[i], k.rng, k.formats)
		return
	}
	for _, update := range k.late {
		k.receive(update)
	}
	k.late = nil
	same, typist := k.rng.Uint64(), k.typists[2]
	for _, d := range k.all() {
		k.typists[2] = typist
		k.typists[2].edit(d, rand.New(rand.NewPCG(same, 0)), k.formats)
	}
	for _, w := range k.writers {
		if err := w.Apply(k.short.Encode(w.StateVector()), k); err != nil {
			k.t.Fatal(err)
		}
	}
}

// edit makes one change: mostly the same key again.
func (p *typist) edit(d *crdt.Doc, rng *rand.Rand, formats bool) {
	text := d.Text("text")
	n := text.Len()
	p.at = min(p.at, n)
	if rng.IntN(8) == 0 {
		p.key = rng.IntN(6)
	}
	d.Transact(nil, func(tx *crdt.Transaction) {
		switch {
		case p.key < 2:
			s := "x"
			if rng.IntN(300) == 0 {
				s = []string{"a whole sentence. ", "é", "😀", "\n"}[rng.IntN(4)]
			}
			text.Insert(tx, p.at, s)
			p.at++
		case p.key == 2 && p.at > 0:
			p.at--
			text.Delete(tx, p.at, 1)
		case p.key == 3 && p.at < n:
			text.Delete(tx, p.at, min(n-p.at, 1+rng.IntN(10)/9))
		case p.key == 4 && n > 1:
			from := rng.IntN(n - 1)
			if formats {
				text.Format(tx, from, rng.IntN(n-from), crdt.Attributes{{Key: "bold", Value: rng.IntN(2) == 0}})
			} else {
				text.Delete(tx, from, rng.IntN(min(n-from, 10)))
			}
			p.key = 0
		default:
			d.Map("map").Set(tx, "key", n)
			p.at, p.key = rng.IntN(n+1), rng.IntN(4)
		}
	})
}

func (k *keystrokes) compare() error {
	if a, b := k.short.Text("text").String(), k.long.Text("text").String(); a != b {
		return fmt.Errorf("text %q, want %q", a, b)
	}
	return k.receivers.compare()
}

// What only looks like a keystroke must take the long way.
func TestApply_OnlyKeystrokesAreShort(t *testing.T) {
	const deleted, str, embed, skip, key, origin, far = 1, 4, 5, 10, 1 << 5, 1 << 7, 1<<32 - 3
	erase := func(clock, n int) []byte { return uints(0, 1, 1, 1, clock, n) }
	text := uints(1, 1, 1, 0, str, 1, "t", "abcdefgh", 0)
	besideDeleted := uints(1, 2, 1, 0, str, 1, "t", "abcd", byte(deleted|origin), 1, 3, 4, 0)
	for _, c := range []struct {
		name    string
		options crdt.Options
		updates [][]byte
	}{
		{"the start of a text that begins 2^32 units behind its chunk", crdt.Options{}, [][]byte{
			uints(1, 2, 1, 0, deleted, 1, "t", far, byte(str|origin), 1, far-1, "abcdefgh", 0),
			erase(far, 2), erase(far+2, 2), erase(far+4, 2),
		}},
		{"the start of a text under a key", crdt.Options{}, [][]byte{
			uints(1, 1, 1, 0, byte(str|key), 1, "t", "k", "abcdefgh", 0),
			erase(0, 2), erase(2, 2),
		}},
		{"the start of another run", crdt.Options{}, [][]byte{
			uints(1, 2, 1, 0, str, 1, "t", "abcd", str, 1, "t", "efgh", 0),
			erase(0, 4), erase(4, 2), erase(6, 1),
		}},
		{"the end before another run", crdt.Options{}, [][]byte{
			uints(1, 2, 1, 0, str, 1, "t", "abcd", str, 1, "t", "efgh", 0),
			erase(4, 4), erase(2, 2), erase(1, 1),
		}},
		{"the end before what is there", crdt.Options{}, [][]byte{
			uints(1, 2, 1, 0, str, 1, "t", "abcd", byte(embed|origin), 1, 3, "{}", 0),
			erase(3, 1),
		}},
		{"the start behind what is there", crdt.Options{}, [][]byte{
			uints(1, 2, 1, 0, embed, 1, "t", "{}", byte(str|origin), 1, 0, "abcd", 0),
			erase(1, 1),
		}},
		{"deletes of what comes next", crdt.Options{}, [][]byte{text, erase(8, 2), uints(1, 1, 1, 8, byte(str|origin), 1, 7, "xyz", 0)}},
		{"deletes of what is unknown", crdt.Options{}, [][]byte{text, erase(7, 1), erase(6, 3), erase(8, 1)}},
		{"deletes of a client of which only a gap is known", crdt.Options{}, [][]byte{uints(1, 1, 1, 0, skip, 5, 0), erase(0, 1), text}},
		{"what must keep its content", crdt.Options{NoGC: true}, [][]byte{besideDeleted, erase(3, 1)}},
		{"what may keep its content", crdt.Options{GCFilter: func(crdt.Item) bool { return false }}, [][]byte{besideDeleted, erase(3, 1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.options.ClientID = 9
			r := newReceivers(c.options)
			for i, update := range c.updates {
				if err := errors.Join(r.apply(update), r.compare()); err != nil {
					t.Fatalf("update %d: %v", i, err)
				}
			}
		})
	}
}

// The index is cut into chunks, and what grows or shrinks may be at the edge of one.
func TestApply_ErasesAtTheEdgesOfChunks(t *testing.T) {
	const n, deleted, str, origin = 1500, 1, 4, 1 << 7
	for first := range 2 { // which of them are texts
		d := crdt.New(crdt.Options{ClientID: 9})
		structs := uints(1, n, 1, 0, str, 1, "t", "abcd")
		for i := 1; i < n; i++ {
			if i%2 == first {
				structs = append(structs, uints(byte(str|origin), 1, 4*i-1, "abcd")...)
			} else {
				structs = append(structs, uints(byte(deleted|origin), 1, 4*i-1, 4)...)
			}
		}
		err := errors.Join(d.Apply(append(structs, 0), nil), d.Check())
		for i := 4 + first; i < n; i += 2 {
			for _, clock := range []int{4*i + 3, 4 * i} {
				err = errors.Join(err, d.Apply(uints(0, 1, 1, 1, clock, 1), nil))
			}
			if i%50 < 2 || i%512 < 4 {
				err = errors.Join(err, d.Check())
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Text("t").String(); !strings.HasSuffix(got, strings.Repeat("bc", n/2-4)) {
			t.Errorf("it ends with %q", got[len(got)-100:])
		}
	}
}

func TestApply_KeystrokeOfItsOwnClient(t *testing.T) {
	const str, origin = 4, 1 << 7
	d := crdt.New(crdt.Options{ClientID: 9})
	if err := d.Apply(uints(1, 1, 1, 0, str, 1, "t", "a", 0), nil); err != nil {
		t.Fatal(err)
	}
	d.SetClientID(1)
	if err := d.Apply(uints(1, 1, 1, 1, byte(str|origin), 1, 0, "b", 0), nil); err != nil {
		t.Fatal(err)
	}
	if d.ClientID() == 1 {
		t.Error("it still makes Items under an ID that somebody else uses")
	}
}

// Who types at one end what goes at the other leaves no more behind than a text.
func TestApply_KeystrokesLeaveNoGarbage(t *testing.T) {
	const str, origin, length, more = 4, 1 << 7, 100, 200_000
	d := crdt.New(crdt.Options{ClientID: 9})
	err := d.Apply(uints(1, 1, 1, 0, str, 1, "t", strings.Repeat("x", length), 0), nil)
	for i := range more {
		err = errors.Join(err,
			d.Apply(uints(1, 1, 1, length+i, byte(str|origin), 1, length+i-1, "x", 0), nil),
			d.Apply(uints(0, 1, 1, 1, i, 1), nil))
	}
	if err := errors.Join(err, d.Check()); err != nil {
		t.Fatal(err)
	}
	if got := d.Memory().Content; d.Text("t").Len() != length || got > 150<<10 {
		t.Errorf("a text of %d units takes %d bytes", d.Text("t").Len(), got)
	}
}
