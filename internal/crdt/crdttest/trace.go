package crdttest

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"grimoire/internal/crdt"
)

// Trace is a recording of people writing a text; testdata/traces/README.md
// explains the files.
type Trace struct {
	EndContent string `json:"endContent"`
	Kind       string `json:"kind"`
	NumAgents  int    `json:"numAgents"`
	Txns       []struct {
		Patches []Patch `json:"patches"`
		Agent   int     `json:"agent"`
		Parents []int   `json:"parents"`
	} `json:"txns"`
}

// Patch deletes and then inserts at a place. The recordings used here have no
// character beyond U+FFFF, so their code points are UTF-16 units.
type Patch struct {
	At, Deleted int
	Inserted    string
}

// UnmarshalJSON reads [at, deleted, inserted].
func (p *Patch) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&p.At, &p.Deleted, &p.Inserted})
}

// ReadTrace reads testdata/traces/name.json.gz.
func ReadTrace(name string) (*Trace, error) {
	f, err := os.Open("testdata/traces/" + name + ".json.gz")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	t := new(Trace)
	return t, json.NewDecoder(zr).Decode(t)
}

// Replay makes the edits of t, one transaction per patch and one Doc per agent,
// and returns the updates in order and the first agent's Doc with all of them.
// Agent n has client ID 1 + n and sees just what a transaction's parents hold.
func (t *Trace) Replay() (updates [][]byte, doc *crdt.Doc, err error) {
	agents := make([]*agent, max(1, t.NumAgents))
	for i := range agents {
		agents[i] = newAgent(uint64(1+i), len(t.Txns))
	}
	made := make([][][]byte, len(t.Txns))
	for i, txn := range t.Txns {
		a := agents[txn.Agent]
		if t.Kind == "concurrent" {
			if err := a.bring(t, made, txn.Parents); err != nil {
				return nil, nil, fmt.Errorf("transaction %d: %w", i, err)
			}
		}
		for _, p := range txn.Patches {
			a.edit(p)
		}
		made[i], a.made = a.made, nil
		a.seen[i] = true
		updates = append(updates, made[i]...)
	}
	all := make([]int, len(t.Txns))
	for i := range all {
		all[i] = i
	}
	return updates, agents[0].doc, agents[0].bring(t, made, all)
}

type agent struct {
	doc  *crdt.Doc
	text *crdt.Text
	made [][]byte // updates of its own edits
	seen []bool   // transactions that doc holds
}

func newAgent(client uint64, txns int) *agent {
	a := &agent{doc: crdt.New(crdt.Options{ClientID: client}), seen: make([]bool, txns)}
	a.text = a.doc.Text("text")
	a.doc.OnUpdate(func(update []byte, origin any) {
		if origin == "edit" {
			a.made = append(a.made, update)
		}
	})
	return a
}

func (a *agent) edit(p Patch) {
	a.doc.Transact("edit", func(t *crdt.Transaction) {
		a.text.Delete(t, p.At, p.Deleted)
		a.text.Insert(t, p.At, p.Inserted)
	})
}

// bring applies the transactions that parents contain and a lacks.
func (a *agent) bring(t *Trace, made [][][]byte, parents []int) error {
	todo := slices.Clone(parents)
	var missing []int
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if a.seen[i] {
			continue
		}
		a.seen[i] = true
		missing = append(missing, i)
		todo = append(todo, t.Txns[i].Parents...)
	}
	slices.Sort(missing)
	for _, i := range missing {
		for _, u := range made[i] {
			if err := a.doc.Apply(u, "remote"); err != nil {
				return err
			}
		}
	}
	return nil
}
