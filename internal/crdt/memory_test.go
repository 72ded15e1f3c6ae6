package crdt

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// memoryOf says which field of Doc is counted where. A field that is missing here
// is reported; those that hold nothing elsewhere are part of Work.
var memoryOf = map[string]string{
	"pages": "Items", "freeItems": "Items", "stamps": "Items",
	"arena": "Content", "spans": "Content", "freeSpans": "Content",
	"clients": "Index", "clientOf": "Index", "order": "Index",
	"types": "Types", "freeTypes": "Types",
	"keys": "Keys", "keyOf": "Keys",
	"pending": "Pending",
	"redone":  "Undo", "undoManagers": "Undo",
	"guid": "Work", "transaction": "Work", "cleanups": "Work", "spareTx": "Work", "scratch": "Work",
	"observers": "", "observersV2": "", "afterTransaction": "", "subdocObservers": "", "watched": "", // the application's
}

// The account of a Doc must be what walking everything that the Doc refers to
// finds, to the byte: after edits of every sort, undo, updates that wait, and
// compaction.
func TestMemory_CountsEveryByte(t *testing.T) {
	const seed = 5
	rng := rand.New(rand.NewPCG(seed, seed))
	compacted := false
	for _, noGC := range []bool{false, true} {
		d := New(Options{ClientID: 1, NoGC: noGC, GUID: "a document"})
		undo := NewUndoManager(d, UndoOptions{Origins: []any{"undo"}}, d.Text("text"), d.Map("map"))
		for step := range 400 {
			garbage := d.garbage
			if step%50 == 49 {
				undo.Clear()
			}
			memoryEdit(rng, d, undo, step)
			compacted = compacted || d.garbage < garbage/2
			if err := d.Check(); err != nil {
				t.Fatal(err)
			}
			compareMemory(t, d, fmt.Sprintf("seed %d, step %d", seed, step))
			if t.Failed() {
				return
			}
		}
	}
	if !compacted {
		t.Error("the arena was never compacted")
	}
}

func memoryEdit(rng *rand.Rand, d *Doc, undo *UndoManager, step int) {
	x, m := d.Text("text"), d.Map("map")
	other := New(Options{ClientID: 10 + uint64(rng.IntN(30))})
	switch rng.IntN(8) {
	case 0:
		undo.Undo()
	case 1:
		undo.Redo()
	case 2: // others write, and some of it waits
		var updates [][]byte
		other.OnUpdate(func(u []byte, _ any) { updates = append(updates, u) })
		for i := range 3 {
			other.Transact(nil, func(t *Transaction) {
				other.Text("text").Insert(t, 4*i, "öther")
				other.Map(fmt.Sprint("root ", step)).Set(t, "k", NewArray(1, "two", NewMap()))
			})
		}
		for _, u := range updates[rng.IntN(3):] {
			must(nil, d.Apply(u, nil))
		}
	case 3:
		must(nil, d.Apply(other.Encode(nil), nil))
	default:
		d.Transact([]any{"undo", nil, nil, nil, nil, nil}[rng.IntN(6)], func(t *Transaction) {
			x.Insert(t, rng.IntN(x.Len()+1), strings.Repeat("long text ", rng.IntN(900)))
			x.Format(t, 0, rng.IntN(x.Len()+1), Attributes{{"bold", []any{true, nil}[rng.IntN(2)]}})
			if n := x.Len(); n > 20_000 {
				x.Delete(t, 100, n-200)
			}
			m.Set(t, fmt.Sprint(rng.IntN(40)), NewXmlElement("p", NewXmlText("in"), NewXmlHook(fmt.Sprint(step))))
			m.Set(t, "doc", Subdoc{GUID: "g"})
			m.Delete(t, fmt.Sprint(rng.IntN(40)))
		})
	}
}

func compareMemory(t *testing.T, d *Doc, when string) {
	t.Helper()
	want := map[string]int{"Work": size[Doc]()}
	v := reflect.ValueOf(d).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		w := heapWalk{seen: map[uintptr]bool{}}
		w.walk(v.Field(i))
		n := w.bytes()
		category, ok := memoryOf[name]
		if !ok && n > 0 {
			t.Errorf("%s: Doc.%s holds %d bytes that nobody counts", when, name, n)
		}
		want[category] += n
	}
	// Names are held once, by keys and as keys of keyOf.
	for _, k := range d.keys {
		want["Keys"] -= len(k.name)
	}
	account := reflect.ValueOf(d.Memory())
	for i := range account.NumField() {
		if name := account.Type().Field(i).Name; name != "Garbage" {
			if got := int(account.Field(i).Int()); got != want[name] {
				t.Errorf("%s: the account has %d bytes of %s, there are %d", when, got, name, want[name])
			}
		}
	}
}

// heapWalk finds the memory that a value refers to, as intervals of addresses, so
// that what is shared counts once. Maps count by their entries.
type heapWalk struct {
	seen  map[uintptr]bool
	spans [][2]uintptr
	maps  int
}

func (w *heapWalk) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Pointer && v.Type().Elem().Elem().Kind() == reflect.Func {
			return // observers
		}
		w.add(v.Pointer(), uintptr(v.Cap())*v.Type().Elem().Size())
		if hasPointers(v.Type().Elem()) {
			for i := range v.Len() {
				w.walk(v.Index(i))
			}
		}
	case reflect.String:
		if v.Len() > 0 {
			w.add(uintptr(unsafe.Pointer(unsafe.StringData(v.String()))), uintptr(v.Len()))
		}
	case reflect.Map:
		w.maps += v.Len() * int(v.Type().Key().Size()+v.Type().Elem().Size())
		for i := v.MapRange(); i.Next(); {
			w.walk(i.Key())
			w.walk(i.Value())
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return // it refers to the time zone
		}
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; v.Type() == reflect.TypeFor[StackItem]() && name == "Meta" || v.Type() == reflect.TypeFor[UndoManager]() && name == "options" {
				continue // the application's
			}
			w.walk(v.Field(i))
		}
	case reflect.Array:
		if hasPointers(v.Type().Elem()) {
			for i := range v.Len() {
				w.walk(v.Index(i))
			}
		}
	case reflect.Pointer:
		switch {
		case v.IsNil() || w.seen[v.Pointer()] || v.Type() == reflect.TypeFor[*Doc]() || v.Type() == reflect.TypeFor[*watchers]():
			return
		}
		w.seen[v.Pointer()] = true
		w.add(v.Pointer(), v.Type().Elem().Size())
		w.walk(v.Elem())
	}
}

func hasPointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.String, reflect.Map, reflect.Pointer, reflect.Interface, reflect.Func:
		return true
	case reflect.Array:
		return hasPointers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if hasPointers(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

func (w *heapWalk) add(at, n uintptr) {
	if n > 0 {
		w.spans = append(w.spans, [2]uintptr{at, at + n})
	}
}

// bytes returns the size of the union of all that was found.
func (w *heapWalk) bytes() int {
	slices.SortFunc(w.spans, func(a, b [2]uintptr) int { return cmp.Compare(a[0], b[0]) })
	total, end := w.maps, uintptr(0)
	for _, s := range w.spans {
		if s[1] > end {
			total += int(s[1] - max(s[0], end))
			end = s[1]
		}
	}
	return total
}
