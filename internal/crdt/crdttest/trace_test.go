package crdttest

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"testing"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/lib0"
)

// TestTrace_EditsAsYjs replays recordings as local edits. Every update and the
// final state must be those of yjs, whose hashes oracle/trace.mjs printed.
func TestTrace_EditsAsYjs(t *testing.T) {
	for _, c := range []struct{ name, updates, state string }{
		{"sveltecomponent", "533bbc3f9261b7455ce9ad4e579abb5f2bf0befddcd2337171f764e483f658c8", "4f8c69bd364dedd2a9bbe758ad814fe135f786dbe1213d61d8eb2b057225cb40"},
		{"friendsforever", "c802b265b369ce6e646790544177febcea2e1dc866221ba56c8b2865bbc4c549", "289d83c364362b2fb905af2dcd9c9255c26a95846aaed722956c8070dd7919d1"},
		{"automerge-paper", "5c27fe96f8f183608b2b63f92f0167746c6d112d73940b82dd25bef6fc1cbbdb", "5b1ee44ce61e094b8afd4eeca73a8f5a7541f29bacde8710806fc6117c8c1265"},
		{"rustcode", "0be81c4636ee4299729264e4b590fa8c27dec2082e3aedf92ab384c0b3bf44a0", "8295cfacdc90080ba5e630fd7aa307fb50557703986ed84bc9c8fddbbd63063b"},
		{"seph-blog1", "a87bd49556d900d8e2469b77fda295cbe345665270583a30ab79d6fe2cb7c124", "2420370415b6748b0c7a4ebcfa4fc5a4919fd8c34fcc58c17f3b305861a5d730"},
		{"clownschool", "d861d40ed2685234139b13dda27cf259e2b85ed79bc310967f75e1c278399cca", "3ef6ad6723593ef9980331cf498a67dc73766cbb2add4f6eaaa645638598dee3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			trace, err := ReadTrace(c.name)
			if err != nil {
				t.Fatal(err)
			}
			updates, doc, err := trace.Replay()
			if err != nil {
				t.Fatal(err)
			}
			if err := doc.Check(); err != nil {
				t.Error(err)
			}
			if got := doc.Text("text").String(); got != trace.EndContent {
				t.Errorf("text has %d bytes and differs from the recording's %d", len(got), len(trace.EndContent))
			}
			all := sha256.New()
			for _, u := range updates {
				all.Write(lib0.AppendUint(nil, uint64(len(u))))
				all.Write(u)
			}
			if got := sum(all); got != c.updates {
				t.Errorf("updates hash to %s, yjs's to %s", got, c.updates)
			}
			state := sha256.New()
			state.Write(doc.Encode(nil))
			if got := sum(state); got != c.state {
				t.Errorf("state hashes to %s, yjs's to %s", got, c.state)
			}
			other := crdt.New(crdt.Options{})
			for _, u := range updates {
				if err := other.Apply(u, nil); err != nil {
					t.Fatal(err)
				}
			}
			if err := other.Check(); err != nil {
				t.Error(err)
			}
			if string(other.Encode(nil)) != string(doc.Encode(nil)) {
				t.Error("the updates applied one by one end in another state")
			}
		})
	}
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
