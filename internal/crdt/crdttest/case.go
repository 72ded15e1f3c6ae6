// Package crdttest checks the engine against yjs itself.
//
//	oracle/fuzz.mjs ──> cases, one JSON line each ──> Case.Check ──> Tally
//	                    testdata/cases: 550 of them, for machines without node
//
// A case is a list of updates, in the order of delivery, and what yjs made of
// them: state vector and pending after each, state, merges, diffs and contents
// at the end. The engine must agree byte for byte.
package crdttest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"grimoire/internal/crdt"
)

// Case is one differential case as fuzz.mjs writes it; oracle/README.md
// explains the fields.
type Case struct {
	Seed     int               `json:"seed"`
	Number   int               `json:"case"`
	Roots    map[string]string `json:"roots"`
	Declared bool              `json:"declared"`
	Complete bool              `json:"complete"`

	Clients []struct {
		ID   uint64       `json:"id"`
		GC   bool         `json:"gc"`
		Undo *undoOptions `json:"undo"`
	} `json:"clients"`
	Steps []step `json:"steps"`

	Deliveries []struct {
		Kind string `json:"kind"`
		V    int    `json:"v"`
		V1   []byte `json:"v1"`
		V2   []byte `json:"v2"`
	} `json:"deliveries"`

	After []struct {
		SV      []byte          `json:"sv"`
		Structs bool            `json:"structs"`
		Deletes bool            `json:"ds"`
		Load    *string         `json:"load"`
		Subdocs []string        `json:"subdocs"`
		ToLoad  []string        `json:"toLoad"`
		Events  json.RawMessage `json:"events"`
	} `json:"after"`

	Want struct {
		V1        []byte                    `json:"v1"`
		V2        []byte                    `json:"v2"`
		Watched   []byte                    `json:"watched"`
		Snapshot  []byte                    `json:"snapshot"`
		Snapshot2 []byte                    `json:"snapshotV2"`
		Merged    []byte                    `json:"merged"`
		Merged2   []byte                    `json:"mergedV2"`
		MergedSV  []byte                    `json:"mergedSV"`
		Meta      struct{ From, To []byte } `json:"meta"`
		Filtered  struct {
			Filter string
			V1     []byte
		} `json:"filtered"`
		Obfuscated struct {
			Formatting, Subdocs, YXML bool // whether to hide these
			V1, V2                    []byte
		} `json:"obfuscated"`
		Deep    map[string]json.RawMessage `json:"deep"`
		Content map[string]json.RawMessage `json:"content"`
		Diffs   []struct {
			SV      []byte `json:"sv"`
			State   []byte `json:"state"`
			State2  []byte `json:"stateV2"`
			Merged  []byte `json:"merged"`
			Merged2 []byte `json:"mergedV2"`
		} `json:"diffs"`
		Positions []madePosition     `json:"positions"`
		Resolved  []resolvedPosition `json:"resolved"`
		Trees     map[string]tree    `json:"trees"`
	} `json:"want"`

	NoGC struct {
		V1        []byte                     `json:"v1"`
		SnapAt    int                        `json:"snapAt"`
		Snapshot  []byte                     `json:"snapshot"`
		ContentAt map[string]json.RawMessage `json:"contentAt"`
		ViewAt    map[string]json.RawMessage `json:"viewAt"`
		XMLAt     map[string]string          `json:"xmlAt"`
		Contains  []bool                     `json:"contains"`
		Before    []byte                     `json:"before"`
		Union     []byte                     `json:"union"` // all deletes of three snapshots, at Snapshot
		Changes   map[string]json.RawMessage `json:"changes"`
	} `json:"nogc"`
}

// Read calls f for every case of r, one JSON object a line, until f fails.
func Read(r io.Reader, f func(*Case) error) error {
	dec := json.NewDecoder(bufio.NewReaderSize(r, 1<<20))
	for {
		c := new(Case)
		if err := dec.Decode(c); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("read case: %w", err)
		}
		if err := f(c); err != nil {
			return err
		}
	}
}

// Tally counts what was compared.
type Tally struct {
	Cases, Comparisons int
	Wrong              []string // one line each

	Histories int // cases whose clients' own edits were replayed
}

func (t *Tally) String() string {
	return fmt.Sprintf("cases=%d comparisons=%d wrong=%d histories=%d", t.Cases, t.Comparisons, len(t.Wrong), t.Histories)
}

// receiver is the client ID of the Docs that take the deliveries; nobody in a
// case has it.
const receiver = 4503599627370497

// Check runs c and adds what it finds to t.
func (t *Tally) Check(c *Case) {
	t.Cases++
	k := checker{c: c, t: t}
	k.receive()
	k.keep()
	k.filter()
	k.watch()
	k.bytesAlone()
	k.bytesAloneV2()
	k.history()
}

type checker struct {
	c *Case
	t *Tally
}

func (k *checker) fault(format string, args ...any) {
	k.t.Wrong = append(k.t.Wrong, fmt.Sprintf("seed %d case %d: ", k.c.Seed, k.c.Number)+fmt.Sprintf(format, args...))
}

func (k *checker) equal(what string, got, want any) {
	k.t.Comparisons++
	switch g := got.(type) {
	case []byte:
		if w := want.([]byte); string(g) != string(w) {
			k.fault("%s:\n got %x\nwant %x", what, g, w)
		}
	default:
		if got != want {
			k.fault("%s: got %v, want %v", what, got, want)
		}
	}
}

// declare uses the roots as what they are.
func declare(d *crdt.Doc, roots map[string]string) {
	for name, kind := range roots {
		root(d, name, kind)
	}
}

// receive applies the deliveries to a Doc and compares after each.
func (k *checker) receive() {
	d := crdt.New(crdt.Options{ClientID: receiver})
	if k.c.Declared {
		declare(d, k.c.Roots)
	}
	for i, delivery := range k.c.Deliveries {
		apply, update := d.Apply, delivery.V1
		if delivery.V == 2 {
			apply, update = d.ApplyV2, delivery.V2
		}
		if err := apply(update, nil); err != nil {
			k.fault("delivery %d: %v", i, err)
			return
		}
		if err := d.Check(); err != nil {
			k.fault("invariants after delivery %d: %v", i, err)
			return
		}
		after := k.c.After[i]
		p := d.Pending()
		k.equal(fmt.Sprintf("state vector after delivery %d", i), d.StateVector().Encode(), after.SV)
		k.equal(fmt.Sprintf("pending structs after delivery %d", i), p.Structs, after.Structs)
		k.equal(fmt.Sprintf("pending deletes after delivery %d", i), p.Deletes, after.Deletes)
	}
	k.equal("state", d.Encode(nil), k.c.Want.V1)
	k.equal("state in v2", d.EncodeV2(nil), k.c.Want.V2)
	for i, diff := range k.c.Want.Diffs {
		sv, err := crdt.DecodeStateVector(diff.SV)
		if err != nil {
			k.fault("state vector %d: %v", i, err)
			continue
		}
		k.equal(fmt.Sprintf("state for state vector %d", i), d.Encode(sv), diff.State)
		k.equal(fmt.Sprintf("state in v2 for state vector %d", i), d.EncodeV2(sv), diff.State2)
	}
	k.equal("snapshot", d.Snapshot().Encode(), k.c.Want.Snapshot)
	k.equal("snapshot in v2", d.Snapshot().EncodeV2(), k.c.Want.Snapshot2)
	if s, err := crdt.DecodeSnapshotV2(k.c.Want.Snapshot2); err != nil {
		k.fault("snapshot in v2: %v", err)
	} else {
		k.equal("snapshot from v2", s.Encode(), k.c.Want.Snapshot)
	}
	k.contents(d) // it declares the roots
	k.trees(d)
	k.positions(d, k.c.Want.Positions, k.c.Want.Resolved)
	if err := d.Check(); err != nil {
		k.fault("invariants after reading: %v", err)
	}
}

// contents compares each root, with all that is nested in it, and the way
// applications read it.
func (k *checker) contents(d *crdt.Doc) {
	for name, kind := range k.c.Roots {
		r := root(d, name, kind)
		k.equal("root "+name, canonical(Tagged(r)), canonicalText(k.c.Want.Deep[name]))
		read := Tagged(crdt.ToJSON(r))
		if text, ok := r.(*crdt.Text); ok {
			read = taggedDelta(text)
		}
		k.equal("content of root "+name, canonical(read), canonicalText(k.c.Want.Content[name]))
	}
}

// filter applies the deliveries to a Doc that collects what a filter lets it.
func (k *checker) filter() {
	d := crdt.New(crdt.Options{ClientID: receiver, GCFilter: filters[k.c.Want.Filtered.Filter]})
	if k.deliver(d, "with a filter of gc", nil) {
		k.equal("state with a filter of gc", d.Encode(nil), k.c.Want.Filtered.V1)
	}
}

// keep applies the deliveries to a Doc without gc.
func (k *checker) keep() {
	d := crdt.New(crdt.Options{ClientID: receiver, NoGC: true})
	snapshot := func(delivery int) {
		if delivery == k.c.NoGC.SnapAt {
			k.equal("snapshot without gc", d.Snapshot().Encode(), k.c.NoGC.Snapshot)
		}
	}
	if !k.deliver(d, "without gc", snapshot) {
		return
	}
	k.equal("state without gc", d.Encode(nil), k.c.NoGC.V1)
	k.past(d)
}

// deliver applies the deliveries to a Doc of some sort, calls after behind each,
// and reports whether that worked.
func (k *checker) deliver(d *crdt.Doc, sort string, after func(delivery int)) bool {
	if k.c.Declared {
		declare(d, k.c.Roots)
	}
	for i, delivery := range k.c.Deliveries {
		if err := d.Apply(delivery.V1, nil); err != nil {
			k.fault("delivery %d %s: %v", i, sort, err)
			return false
		}
		if after != nil {
			after(i)
		}
	}
	if err := d.Check(); err != nil {
		k.fault("invariants %s: %v", sort, err)
	}
	return true
}

// bytesAlone merges and diffs without a Doc.
func (k *checker) bytesAlone() {
	updates := make([][]byte, len(k.c.Deliveries))
	for i, delivery := range k.c.Deliveries {
		updates[i] = delivery.V1
	}
	merged, err := crdt.Merge(updates...)
	if err != nil {
		k.fault("merge: %v", err)
		return
	}
	k.equal("merged", merged, k.c.Want.Merged)
	sv, err := crdt.StateVectorOf(merged)
	if err != nil {
		k.fault("state vector of merged: %v", err)
	}
	k.equal("state vector of merged", sv, k.c.Want.MergedSV)
	from, to, err := crdt.Meta(merged)
	if err != nil {
		k.fault("meta of merged: %v", err)
	}
	k.obfuscate("v1", crdt.Obfuscate, merged, k.c.Want.Obfuscated.V1)
	k.equal("start of merged", from.Encode(), k.c.Want.Meta.From)
	k.equal("end of merged", to.Encode(), k.c.Want.Meta.To)
	for i, diff := range k.c.Want.Diffs {
		got, err := crdt.Diff(merged, diff.SV)
		if err != nil {
			k.fault("diff %d: %v", i, err)
		}
		k.equal(fmt.Sprintf("diff %d", i), got, diff.Merged)
	}
}

// bytesAloneV2 is bytesAlone in format v2, with the conversions.
func (k *checker) bytesAloneV2() {
	updates := make([][]byte, len(k.c.Deliveries))
	for i, delivery := range k.c.Deliveries {
		updates[i] = delivery.V2
		converted, err := crdt.ConvertV1ToV2(delivery.V1)
		if err != nil {
			k.fault("convert delivery %d: %v", i, err)
		}
		k.equal(fmt.Sprintf("delivery %d in v2", i), converted, delivery.V2)
		if _, err := crdt.ConvertV2ToV1(delivery.V2); err != nil {
			k.fault("convert delivery %d back: %v", i, err)
		}
	}
	merged, err := crdt.MergeV2(updates...)
	if err != nil {
		k.fault("merge v2: %v", err)
		return
	}
	k.equal("merged v2", merged, k.c.Want.Merged2)
	k.obfuscate("v2", crdt.ObfuscateV2, merged, k.c.Want.Obfuscated.V2)
	for i, diff := range k.c.Want.Diffs {
		got, err := crdt.DiffV2(merged, diff.SV)
		if err != nil {
			k.fault("diff v2 %d: %v", i, err)
		}
		k.equal(fmt.Sprintf("diff v2 %d", i), got, diff.Merged2)
	}
}

func (k *checker) obfuscate(format string, by func([]byte, crdt.ObfuscateOptions) ([]byte, error), update, want []byte) {
	hide := k.c.Want.Obfuscated
	got, err := by(update, crdt.ObfuscateOptions{KeepFormats: !hide.Formatting, KeepSubdocs: !hide.Subdocs, KeepXML: !hide.YXML})
	if err != nil {
		k.fault("obfuscate %s: %v", format, err)
	}
	k.equal("merged without its words, "+format, got, want)
}
