package crdttest

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"grimoire/internal/crdt"
)

var freeze = flag.String("freeze", "", "version whose documents to write to testdata/frozen, once and for all")

// frozen is a document as some version wrote it, and what was in it.
type frozen struct {
	Roots    map[string]string          `json:"roots"`
	V1       []byte                     `json:"v1"`
	V2       []byte                     `json:"v2"`
	Snapshot []byte                     `json:"snapshot"`
	Deep     map[string]json.RawMessage `json:"deep"`
}

// TestFrozen_LoadsForEver loads the documents of every version there was. The
// files are never changed; -freeze adds those of a new one.
func TestFrozen_LoadsForEver(t *testing.T) {
	if *freeze != "" {
		writeFrozen(t, *freeze)
	}
	files, err := filepath.Glob("testdata/frozen/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no frozen documents: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var docs []frozen
			if err := json.Unmarshal(b, &docs); err != nil {
				t.Fatal(err)
			}
			for i := range docs {
				docs[i].check(t, i)
			}
		})
	}
}

func (f *frozen) check(t *testing.T, i int) {
	v1, v2 := crdt.New(crdt.Options{ClientID: receiver}), crdt.New(crdt.Options{ClientID: receiver})
	if err := v1.Apply(f.V1, nil); err != nil {
		t.Errorf("document %d in v1: %v", i, err)
	}
	if err := v2.ApplyV2(f.V2, nil); err != nil {
		t.Errorf("document %d in v2: %v", i, err)
	}
	for _, d := range []*crdt.Doc{v1, v2} {
		if err := d.Check(); err != nil {
			t.Errorf("document %d: %v", i, err)
		}
		for name, kind := range f.Roots {
			if got, want := canonical(Tagged(root(d, name, kind))), canonicalText(f.Deep[name]); got != want {
				t.Errorf("document %d root %q: got %s, want %s", i, name, got, want)
			}
		}
		if got := d.Snapshot().Encode(); !bytes.Equal(got, f.Snapshot) {
			t.Errorf("document %d: snapshot %x, want %x", i, got, f.Snapshot)
		}
	}
}

// writeFrozen writes documents with every kind of content: every fortieth of the
// stored cases, and what brings a new kind, as this version encodes them.
func writeFrozen(t *testing.T, version string) {
	var docs []frozen
	var seen []crdt.Kind
	err := readCorpus(func(c *Case) error {
		d := crdt.New(crdt.Options{ClientID: receiver})
		for _, delivery := range c.Deliveries {
			if err := d.Apply(delivery.V1, nil); err != nil {
				return err
			}
		}
		in, err := crdt.New(crdt.Options{}).Inspect(d.Encode(nil))
		if err != nil {
			return err
		}
		news := 0
		for _, item := range in.Items {
			if !slices.Contains(seen, item.Kind) {
				seen = append(seen, item.Kind)
				news++
			}
		}
		if news == 0 && c.Number%40 != 0 {
			return nil
		}
		f := frozen{Roots: c.Roots, V1: d.Encode(nil), V2: d.EncodeV2(nil), Snapshot: d.Snapshot().Encode(), Deep: map[string]json.RawMessage{}}
		for name, kind := range c.Roots {
			f.Deep[name] = json.RawMessage(canonical(Tagged(root(d, name, kind))))
		}
		docs = append(docs, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent(docs, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join("testdata/frozen", version+".json")
	if _, err := os.Stat(name); err == nil {
		t.Fatalf("%s is frozen already", name)
	}
	if err := os.WriteFile(name, append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
