package crdt_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"reflect"
	"testing"
	"unicode/utf8"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/lib0"
)

// FuzzDecoders gives any bytes to everything that decodes updates.
func FuzzDecoders(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0})
	f.Add(sample())
	f.Add(uints(1, 2, 1, 0, 4, 1, "r", "ab", byte(4|128), 1, 1, "x", 1, 1, 1, 0, 2))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := crdt.New(crdt.Options{ClientID: 1})
		decodeAll(t, d, b)
		decodeAll(t, d, sample())
		decodeAll(t, d, b)
	})
}

// decodeAll gives b to every decoder of updates in format v1.
func decodeAll(t *testing.T, d *crdt.Doc, b []byte) {
	t.Helper()
	before := d.Encode(nil)
	_, err := d.Inspect(b)
	mustBeTyped(t, err)
	if !bytes.Equal(d.Encode(nil), before) {
		t.Fatal("inspecting changed the Doc")
	}
	err = d.Apply(b, nil)
	mustBeTyped(t, err)
	if valid := crdt.Validate(b); (valid == nil) != (err == nil) {
		t.Errorf("Validate says %v, Apply says %v", valid, err)
	}
	if err != nil && !bytes.Equal(d.Encode(nil), before) {
		t.Fatal("a refused update changed the Doc")
	}
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	sv, err := crdt.StateVectorOf(b)
	mustBeTyped(t, err)
	_, err = crdt.DecodeStateVector(b)
	mustBeTyped(t, err)
	from, to, err := crdt.Meta(b)
	mustBeTyped(t, err)
	if len(from) != len(to) {
		t.Errorf("of %d clients %d end", len(from), len(to))
	}
	_, err = crdt.Reach(b)
	mustBeTyped(t, err)
	_, _, err = crdt.Without(b, to)
	mustBeTyped(t, err)
	_, err = d.Snapshot().Contains(b)
	mustBeTyped(t, err)
	if sv != nil {
		_, err = crdt.Diff(b, sv)
		mustBeTyped(t, err)
	}
	hidden, err := crdt.Obfuscate(b, crdt.ObfuscateOptions{})
	mustBeTyped(t, err)
	if hiddenFrom, _, err := crdt.Meta(hidden); err == nil && !maps.Equal(hiddenFrom, from) {
		t.Errorf("begins at %v, without its words at %v", from, hiddenFrom)
	}
	merged, err := crdt.Merge(b, before)
	mustBeTyped(t, err)
	if err == nil {
		if err := crdt.Validate(merged); err != nil && crdt.Validate(b) == nil {
			t.Errorf("merge of valid updates is not valid: %v", err)
		}
	}
}

// FuzzV2 gives any bytes to what decodes format v2, and what it takes through
// both conversions.
func FuzzV2(f *testing.F) {
	f.Add([]byte{})
	f.Add(must(crdt.ConvertV1ToV2(sample())))
	f.Add(must(crdt.ConvertV1ToV2([]byte{0, 0})))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 4096 {
			return // columns may repeat a value a million times; keep that quick
		}
		d := crdt.New(crdt.Options{ClientID: 1})
		err := d.ApplyV2(b, nil)
		mustBeTyped(t, err)
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		sv, serr := crdt.StateVectorOfV2(b)
		mustBeTyped(t, serr)
		_, _, merr := crdt.MetaV2(b)
		mustBeTyped(t, merr)
		_, ierr := d.InspectV2(b)
		mustBeTyped(t, ierr)
		_, oerr := crdt.ObfuscateV2(b, crdt.ObfuscateOptions{})
		mustBeTyped(t, oerr)
		_, derr := crdt.DiffV2(b, sv)
		mustBeTyped(t, derr)
		_, serr = d.Snapshot().ContainsV2(b)
		mustBeTyped(t, serr)
		converted, cerr := crdt.ConvertV2ToV1(b)
		mustBeTyped(t, cerr)
		if err != nil || cerr != nil {
			return
		}
		if err := crdt.Validate(converted); err != nil {
			t.Fatalf("converted to v1: %v", err)
		}
		again := must(crdt.ConvertV1ToV2(converted))
		if err := crdt.ValidateV2(again); err != nil {
			t.Fatalf("converted to v1 and back: %v", err)
		}
		_, err = crdt.MergeV2(b, again)
		mustBeTyped(t, err)
	})
}

// FuzzPositions gives any bytes to the small decoders.
func FuzzPositions(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3})
	f.Add([]byte{1, 1, 'r', 0x41})
	f.Add(crdt.New(crdt.Options{}).Snapshot().Encode())
	for clock := range uint64(70) {
		f.Add(append(uints(1, 1<<40, 1, int(clock)/2, 2), crdt.StateVector{1 << 40: clock}.Encode()...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := crdt.DecodeRelativePosition(b)
		mustBeTyped(t, err)
		if err == nil {
			if again, err := crdt.DecodeRelativePosition(p.Encode()); err != nil || again.Assoc != p.Assoc {
				t.Errorf("%+v became %+v: %v", p, again, err)
			}
			crdt.New(crdt.Options{}).Resolve(p)
		}
		s, err := crdt.DecodeSnapshot(b)
		mustBeTyped(t, err)
		if err == nil {
			if _, err := crdt.DecodeSnapshotV2(s.EncodeV2()); err != nil {
				t.Error(err)
			}
			goBack(t, s)
			if again := crdt.NewSnapshot(s.StateVector(), s.DeleteSet()); !bytes.Equal(again.Encode(), s.Encode()) {
				t.Errorf("%x became %x", s.Encode(), again.Encode())
			}
		}
		for _, decode := range []func([]byte) (crdt.DeleteSet, error){crdt.DecodeDeleteSet, crdt.DecodeDeleteSetV2} {
			deletes, err := decode(b)
			mustBeTyped(t, err)
			if again, err := crdt.DecodeDeleteSetV2(deletes.EncodeV2()); err != nil || !again.Equal(deletes) || !deletes.Union(again).Equal(deletes) {
				t.Errorf("%v became %v: %v", deletes.Ranges(), again.Ranges(), err)
			}
		}
		_, err = crdt.DecodeSnapshotV2(b)
		mustBeTyped(t, err)
	})
}

// goBack looks at a state that some Doc may have had, in every way there is.
func goBack(t *testing.T, s crdt.Snapshot) {
	d := crdt.New(crdt.Options{ClientID: 1, NoGC: true})
	if err := d.Apply(sample(), nil); err != nil {
		t.Fatal(err)
	}
	before := d.Encode(nil)
	view, err := d.View(s)
	if err != nil {
		return
	}
	text, m := d.Text("text"), d.Map("map")
	view.DeltaSince(d.Snapshot(), text, nil)
	for _, key := range view.Keys(m) {
		if x, _ := view.Get(m, key); x != nil {
			if element, ok := x.(*crdt.XmlElement); ok {
				view.Values(element)
				_ = view.String(element)
			}
		}
	}
	if !bytes.Equal(d.Encode(nil), before) {
		t.Error("looking changed the Doc")
	}
	if _, err := s.Contains(before); err != nil {
		t.Error(err)
	}
	if _, err := d.At(s, crdt.Options{}); err != nil {
		t.Error(err)
	}
	d.Transact(nil, func(tx *crdt.Transaction) {
		if err := tx.Restore(s, text, m); err != nil {
			t.Error(err)
		}
	})
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

// FuzzPositionJSON gives any text to the decoder of positions in JSON. What it takes
// survives bytes and JSON.
func FuzzPositionJSON(f *testing.F) {
	f.Add([]byte(`{"type":{"client":1,"clock":2},"tname":null,"item":{"client":9007199254740991,"clock":0},"assoc":-1}`))
	f.Add([]byte(`{"tname":"","assoc":0}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var p, again crdt.RelativePosition
		err := p.UnmarshalJSON(text)
		mustBeTyped(t, err)
		if err != nil {
			return
		}
		if _, err := crdt.DecodeRelativePosition(p.Encode()); err != nil {
			t.Errorf("%s became bytes that are refused: %v", text, err)
		}
		printed, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(printed, &again); err != nil || !reflect.DeepEqual(p, again) {
			t.Errorf("%s became %s: %v", text, printed, err)
		}
		crdt.New(crdt.Options{}).Resolve(p)
	})
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// FuzzLoad gives any update to a Doc that holds nothing, which loads it, and to one that is
// in a transaction, which cannot. Both must find the same fault, or end in the same.
func FuzzLoad(f *testing.F) {
	for i := range uint64(6) {
		update := together(rand.New(rand.NewPCG(i, i)), 1+int(i), 30)
		f.Add(update, false)
		f.Add(must(crdt.ConvertV1ToV2(update)), true)
	}
	f.Fuzz(func(t *testing.T, update []byte, v2 bool) {
		if v2 && len(update) > 4096 {
			return // columns may repeat a value a million times; keep that quick
		}
		loaded, applied := crdt.New(crdt.Options{ClientID: 5}), crdt.New(crdt.Options{ClientID: 5})
		apply := (*crdt.Doc).Apply
		if v2 {
			apply = (*crdt.Doc).ApplyV2
		}
		got, want := apply(loaded, update, nil), error(nil)
		applied.Transact(nil, func(*crdt.Transaction) { want = apply(applied, update, nil) })
		mustBeTyped(t, got)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("a load says %v, want %v", got, want)
		}
		if err := loaded.Check(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(loaded.Encode(nil), applied.Encode(nil)) || !reflect.DeepEqual(loaded.Pending(), applied.Pending()) {
			t.Error("it is not loaded as it is applied")
		}
	})
}

// FuzzTwoUpdates checks that what a Doc writes after two updates leads to the
// same state vector.
func FuzzTwoUpdates(f *testing.F) {
	f.Add(sample(), []byte{0, 0})
	f.Add(uints(1, 1, 1, 0, 4, 1, "r", "ab", 0), uints(1, 1, 1, 1, byte(4|128), 1, 0, "b", 0))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if crdt.Validate(a) != nil || crdt.Validate(b) != nil {
			return
		}
		one := crdt.New(crdt.Options{ClientID: 1})
		for _, u := range [][]byte{a, b} {
			if err := one.Apply(u, nil); err != nil {
				t.Fatal(err)
			}
			if err := one.Check(); err != nil {
				t.Fatal(err)
			}
		}
		if one.Pending().Structs {
			return // what waits may contradict what is there; yjs then writes either
		}
		again := crdt.New(crdt.Options{ClientID: 1})
		if err := again.Apply(one.Encode(nil), nil); err != nil {
			t.Fatal(err)
		}
		if err := again.Check(); err != nil {
			t.Fatal(err)
		}
		if got, want := again.StateVector().Encode(), one.StateVector().Encode(); !bytes.Equal(got, want) {
			t.Errorf("loaded state has %x, want %x", got, want)
		}
	})
}

// FuzzStateVector checks that a state vector survives decoding and encoding.
func FuzzStateVector(f *testing.F) {
	f.Add([]byte{0})
	f.Add(crdt.StateVector{1: 2, 1 << 40: 3}.Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		sv, err := crdt.DecodeStateVector(b)
		mustBeTyped(t, err)
		if err != nil {
			return
		}
		again, err := crdt.DecodeStateVector(sv.Encode())
		if err != nil || len(again) != len(sv) {
			t.Errorf("%v became %v: %v", sv, again, err)
		}
	})
}

// FuzzJSON checks that JSON text which is taken over prints as JSON that is
// taken over to the same value.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`null`, `-0`, `1e21`, `"\ud83d"`, `"\ud83d\ude00"`, `{"b":1,"1":2,"0":[{}]}`, `[1,2.5,"\u2028<>&"]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !utf8.Valid(text) { // a Reader has refused it before
			return
		}
		any, err := lib0.AnyFromJSON(nil, text, 0)
		if err != nil {
			return
		}
		r := lib0.NewReader(any)
		printed := r.JSON(nil)
		again, err := lib0.AnyFromJSON(nil, printed, 0)
		if err != nil {
			t.Fatalf("%s prints as %s: %v", text, printed, err)
		}
		r = lib0.NewReader(again)
		if got := r.JSON(nil); !bytes.Equal(got, printed) {
			t.Errorf("%s prints as %s, then as %s", text, printed, got)
		}
	})
}
