package crdttest

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"grimoire/internal/crdt"
)

// edgeCases gives every line of oracle/edge-cases.md, named by its first words, its
// test: cases of the stored corpus, bytes whose results in yjs were recorded, or a
// test written here.
var edgeCases = []struct {
	line string
	test func(*testing.T)
}{
	{"Lengths, clocks and offsets count UTF-16 units", corpus("a character beyond U+FFFF", stateHolds("\xf0\x9f"))},
	{"Splitting a surrogate pair", both(corpus("a split pair", stateHolds("\ufffd")), bytesOf("a pair is cut by what follows inside"))},
	{"mergeWith joins halves again", both(bytesOf("halves of a pair arrive apart", "text holds half a surrogate pair"), lonelyHalf)},
	{"So yjs itself does not always converge", corpus("a split pair, for the order of delivery", stateHolds("\ufffd"))},
	{"Decoding is strict UTF-8 and keeps a BOM", bytesOf("text begins with a BOM", "text is not UTF-8")},

	{"integrate (Item.integrate)", corpus("three clients in a text", clients(3, "text"))},
	{"Map: the key's current value", both(mapWinners, corpus("three clients in a map", clients(3, "map")))},
	{"Key moves", both(splitKey, corpus("updates cut inside, a map among the roots", every(clients(2, "map"), delivered("cut"))))},
	{"An item whose left, right or parent is a GC", corpus("a GC in an update", holds(crdt.KindGC))},
	{"gc (tryGcDeleteSet, Item.gc)", corpus("a GC and a Deleted", every(holds(crdt.KindGC), holds(crdt.KindDeleted)))},
	{"After a transaction: gc, then merge", corpus("a Deleted", holds(crdt.KindDeleted))},
	{"Item.mergeWith needs origin", corpus("text, values and formats", every(holds(crdt.KindString), holds(crdt.KindAny), holds(crdt.KindFormat)))},
	{"splitItem gives the right half", corpus("updates cut inside", delivered("cut"))},
	{"`redone` and `keep`", corpus("undo", func(c *Case) bool { return anyStep(c, func(s *step) bool { return s.Undo == "undo" }) })},
	{"ContentDeleted.integrate", bytesOf("Deleted without a delete set")},

	{"Roots: reading an update creates its roots", both(bytesOf("root is declared after", "root is declared before"), otherKindPanics)},
	{"Order (integrateStructs)", corpus("four clients in one update", every(clients(4, ""), delivered("merged")))},
	{"What cannot be applied", corpus("pending structs", waiting(true, false))},
	{"Deletes of unknown clocks", corpus("pending deletes", waiting(false, true))},
	{"encodeStateAsUpdate includes pendingDs", corpus("both pending in the end", func(c *Case) bool { n := len(c.After); return n > 0 && c.After[n-1].Structs && c.After[n-1].Deletes })},
	{"Duplicates and overlaps", corpus("duplicates and merged updates", every(delivered("duplicate"), delivered("merged")))},
	{"Formatting cleanup", corpus("an update that sets off another", func(c *Case) bool {
		return anyStep(c, func(s *step) bool { return s.Apply != nil && len(s.Updates) > 1 })
	})},
	{"Not atomic", both(bytesOf("bytes behind the end", "second section of a client", "delete of length 0"), allOrNothing)},
	{"If a peer uses our own client id", ownIDTaken},

	{"Order: clients by descending id", corpus("four clients", clients(4, ""))},
	{"parent is written only if", corpus("keys of a map", clients(2, "map"))},
	{"A first struct cut by an offset", corpus("updates cut inside", delivered("cut"))},
	{"Diff and state for a state vector", corpus("a Deleted", holds(crdt.KindDeleted))},
	{"createDeleteSetFromStructStore", corpus("a Deleted", holds(crdt.KindDeleted))},
	{"mergeUpdatesV2: one update is returned", both(bytesOf("integer with needless bytes", "embed of loose JSON"), mergeOfNothing)},
	{"encodeStateVectorFromUpdateV2", corpus("updates with gaps", waiting(true, false))},
	{"Skip is info exactly 10", bytesOf("Skip in an update", "Skip with other bits")},
	{"Relative positions: bytes keep item", both(recordedPositions, corpus("positions", func(c *Case) bool { return len(c.Want.Resolved) > 0 }))},

	{"Client ids up to 53 bits, 0 included", both(bytesOf("largest client"), corpus("client 0", anyClient(func(id uint64) bool { return id == 0 })), corpus("a client above 2^32", anyClient(func(id uint64) bool { return id > 1<<32 })))},
	{"v2 columns", both(bytesOf("client 0 in a run of the client column"), corpus("formats, whose keys have a column", holds(crdt.KindFormat)))},
	{"Any (writeAny)", bytesOf("integer written as float64", "integer written as bigint", "float32 written as float64", "-0", "integer with needless bytes")},
	{"Object keys come back", bytesOf("object keys")},
	{"v1 writes formats and embeds", bytesOf("embed of loose JSON", "format of loose JSON", "lone half in JSON")},
	{"Array accepts no top-level undefined", bytesOf("undefined and bigint in an array")},
	{"ContentJSON (ref 2, legacy)", both(bytesOf("JSON values"), corpus("old JSON", holds(crdt.KindJSON)))},
	{"ContentDoc: guid and opts", both(bytesOf("subdocument with other options"), corpus("a subdocument", holds(crdt.KindDoc)))},
	{"Types: 0 Array 1 Map", both(bytesOf("every type"), corpus("a type", holds(crdt.KindType)))},
	{"Text attributes (setAttribute)", corpus("attributes of a text", func(c *Case) bool { return c.Roots["xt"] != "" && bytes.Contains(c.rawSteps(), []byte(`"setAttr"`)) })},

	{"Snapshot: delete set, then state vector", both(pastNeedsAll, corpus("a snapshot without gc", func(c *Case) bool { return c.NoGC.Snapshot != nil }))},
	{"Sync: readSyncStep2", both(awarenessClocks, damagedStep2)}, // see also TestProtocol_IsThatOfYProtocols

	{"mergeUpdates quadratic", mergeManyClients},
	{"Loading much-deleted, un-collected state", loadMuchDeleted},
	{"Merges lose or repeat structs", mergePermutations},
	{"Skip left pending for ever", gapArrives},
	{"Client ids cut to 32 bits", largeClients},
	{"v1 format values are JSON text", formatValues},
	{"A block of length 0 underflows", both(bytesOf("nothing at all", "unknown content"), garbage)},
	{"Updates that arrive while the document loads", updatesBeforeState},
}

func TestEdgeCases(t *testing.T) {
	text, err := os.ReadFile("oracle/edge-cases.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n- ")[1:]
	if len(lines) != len(edgeCases) {
		t.Errorf("edge-cases.md has %d lines, there are %d tests", len(lines), len(edgeCases))
	}
	for i, c := range edgeCases {
		if i < len(lines) && !strings.HasPrefix(lines[i], c.line) {
			t.Errorf("line %d begins %.50q, its test says %q", i+1, lines[i], c.line)
		}
		t.Run(c.line, c.test)
	}
}

func both(tests ...func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) {
		for _, test := range tests {
			test(t)
		}
	}
}

// corpus returns a check that cases of the stored corpus show something, and that
// the engine equals yjs in the first of them.
func corpus(what string, shows func(*Case) bool) func(*testing.T) {
	return func(t *testing.T) {
		const enough = 50
		var tally Tally
		err := readCorpus(func(c *Case) error {
			if !shows(c) {
				return nil
			}
			if tally.Check(c); tally.Cases == 1 {
				t.Logf("%s: seed %d case %d, among others", what, c.Seed, c.Number)
			}
			if tally.Cases == enough {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			t.Fatal(err)
		}
		if tally.Cases == 0 {
			t.Errorf("no case of the corpus has %s", what)
		}
		for _, line := range tally.Wrong {
			t.Error(line)
		}
	}
}

var errEnough = errors.New("enough cases")

func stateHolds(s string) func(*Case) bool {
	return func(c *Case) bool { return bytes.Contains(c.Want.V1, []byte(s)) }
}

// clients matches cases of that many clients; kind is that of one of the roots, ""
// for any.
func clients(n int, kind string) func(*Case) bool {
	return func(c *Case) bool {
		if len(c.Clients) < n {
			return false
		}
		for _, k := range c.Roots {
			if kind == "" || k == kind {
				return true
			}
		}
		return false
	}
}

func anyClient(f func(id uint64) bool) func(*Case) bool {
	return func(c *Case) bool {
		for _, client := range c.Clients {
			if f(client.ID) {
				return true
			}
		}
		return false
	}
}

func delivered(kind string) func(*Case) bool {
	return func(c *Case) bool {
		for _, d := range c.Deliveries {
			if d.Kind == kind {
				return true
			}
		}
		return false
	}
}

// holds matches cases with content of a kind in an update or in the end.
func holds(kind crdt.Kind) func(*Case) bool {
	return func(c *Case) bool {
		updates := [][]byte{c.Want.V1}
		for _, d := range c.Deliveries {
			updates = append(updates, d.V1)
		}
		for _, u := range updates {
			in, err := crdt.New(crdt.Options{}).Inspect(u)
			if err != nil {
				return false
			}
			for _, item := range in.Items {
				if item.Kind == kind {
					return true
				}
			}
		}
		return false
	}
}

func waiting(structs, deletes bool) func(*Case) bool {
	return func(c *Case) bool {
		for _, a := range c.After {
			if a.Structs == structs && a.Deletes == deletes {
				return true
			}
		}
		return false
	}
}

func anyStep(c *Case, f func(*step) bool) bool {
	for i := range c.Steps {
		if f(&c.Steps[i]) {
			return true
		}
	}
	return false
}

func every(tests ...func(*Case) bool) func(*Case) bool {
	return func(c *Case) bool {
		for _, f := range tests {
			if !f(c) {
				return false
			}
		}
		return true
	}
}
