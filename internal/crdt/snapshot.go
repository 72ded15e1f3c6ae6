package crdt

import (
	"maps"
	"slices"
)

// Snapshot is a state that a Doc had: how much of each client, less what was
// deleted.
type Snapshot struct {
	state   StateVector
	deletes deleteSet
}

// Snapshot returns the present state. To go back to it later the Doc must have
// been made with NoGC.
func (d *Doc) Snapshot() Snapshot {
	return Snapshot{state: d.StateVector(), deletes: d.storeDeletes()}
}

// NewSnapshot returns the state that a state vector and a delete set say (yjs:
// createSnapshot). The zero Snapshot is that of an empty Doc (yjs: emptySnapshot).
func NewSnapshot(state StateVector, deletes DeleteSet) Snapshot {
	return Snapshot{maps.Clone(state), deletes.set}
}

// StateVector returns how much of each client was there, deleted or not.
func (s Snapshot) StateVector() StateVector { return maps.Clone(s.state) }

// DeleteSet returns what of it was deleted.
func (s Snapshot) DeleteSet() DeleteSet { return DeleteSet{s.deletes} }

// Encode returns s as yjs encodes it (encodeSnapshot).
func (s Snapshot) Encode() []byte { return s.encode(v1) }

// EncodeV2 is [Snapshot.Encode] in format v2.
func (s Snapshot) EncodeV2() []byte { return s.encode(v2) }

func (s Snapshot) encode(f format) []byte {
	return append(DeleteSet{s.deletes}.encode(f), s.state.Encode()...)
}

// DecodeSnapshot reads what [Snapshot.Encode] or yjs wrote.
func DecodeSnapshot(b []byte) (Snapshot, error) { return decodeSnapshot(b, v1) }

// DecodeSnapshotV2 is [DecodeSnapshot] for format v2.
func DecodeSnapshotV2(b []byte) (Snapshot, error) { return decodeSnapshot(b, v2) }

func decodeSnapshot(b []byte, f format) (Snapshot, error) {
	deletes, end, err := readDeleteSet(b, f)
	if err != nil {
		return Snapshot{}, wrap("snapshot", err)
	}
	state, err := DecodeStateVector(b[end:])
	if err != nil {
		return Snapshot{}, wrap("snapshot", err)
	}
	return Snapshot{state, deletes}, nil
}

// Equal reports whether both say the same (yjs: equalSnapshots).
func (s Snapshot) Equal(other Snapshot) bool {
	return maps.Equal(s.state, other.state) && slices.Equal(s.deletes.ranges, other.deletes.ranges)
}

// Contains reports whether s holds all that an update in format v1 says, structs
// and deletions (yjs: snapshotContainsUpdate).
func (s Snapshot) Contains(update []byte) (bool, error) { return s.contains(update, v1) }

// ContainsV2 is [Snapshot.Contains] for format v2.
func (s Snapshot) ContainsV2(update []byte) (bool, error) { return s.contains(update, v2) }

func (s Snapshot) contains(update []byte, f format) (bool, error) {
	r := newUpdateReader(update, f)
	all := true
	for st := (rawStruct{}); r.next(&st); {
		all = all && st.end() <= s.state[st.client]
	}
	r.readDeleteSet(func(del deleteRange) {
		i := s.deletes.before(ID{del.client, del.clock})
		all = all && i >= 0 && s.deletes.ranges[i].client == del.client && del.end() <= s.deletes.ranges[i].end()
	})
	if err := r.Err(); err != nil {
		return false, wrap("update", err)
	}
	return all, nil
}

// holds reports whether a unit was there and not deleted (yjs: isVisible).
func (s *Snapshot) holds(id ID) bool {
	if id.Clock >= s.state[id.Client] {
		return false
	}
	i := s.deletes.before(id)
	return i < 0 || s.deletes.ranges[i].client != id.Client || id.Clock >= s.deletes.ranges[i].end()
}

// cut returns the first clock behind that of id where s begins or ends to hold
// units of its client; end if there is none before.
func (s *Snapshot) cut(id ID, end uint64) uint64 {
	clock := func(c uint64) {
		if c > id.Clock && c < end {
			end = c
		}
	}
	clock(s.state[id.Client])
	ranges := s.deletes.ranges
	i := s.deletes.before(id)
	if i >= 0 && ranges[i].client == id.Client {
		clock(ranges[i].end())
	}
	if i++; i < len(ranges) && ranges[i].client == id.Client {
		clock(ranges[i].clock)
	}
	return end
}

// held reports whether an Item was there and still has its content. It must begin
// where s has a cut.
func (s *Snapshot) held(d *Doc, slot int32) bool {
	it := d.item(slot)
	return it.kind() != kindDeleted && s.holds(ID{d.clients[it.client].id, it.clock})
}

// valueAt returns which of the Items of a key, given the last, was its value, and
// which of its units; none if there was no value (yjs: typeMapGetSnapshot). Values
// that one client set one after the other may be one Item by now.
func (s *Snapshot) valueAt(d *Doc, slot int32) (item int32, unit uint64) {
	for slot != none && d.item(slot).clock >= s.state[d.clients[d.item(slot).client].id] {
		slot = d.item(slot).left
	}
	if slot == none {
		return none, 0
	}
	it := d.item(slot)
	client := d.clients[it.client].id
	last := min(it.end(), s.state[client]) - 1
	if it.kind() == kindDeleted || !s.holds(ID{client, last}) {
		return none, 0
	}
	return slot, last - it.clock
}

// At returns a Doc, made with o, in the state that d had at s (yjs v13.6:
// createDocFromSnapshot). It is an error if d collects garbage, or if s holds
// more than d.
func (d *Doc) At(s Snapshot, o Options) (*Doc, error) {
	if err := d.reaches(s); err != nil {
		return nil, err
	}
	var ids []uint64
	for _, client := range slices.Backward(slices.Sorted(maps.Keys(s.state))) {
		if s.state[client] > 0 {
			ids = append(ids, client)
		}
	}
	e := newEncoder(v2)
	d.Transact(nil, func(t *Transaction) {
		e.uint(uint64(len(ids)))
		for _, client := range ids {
			c, _ := d.knownClient(client)
			if clock := s.state[client]; clock < d.clients[c].state {
				t.cleanStart(c, clock)
			}
			e.writeUpTo(d, c, s.state[client])
		}
	})
	e.writeDeleteSet(s.deletes.ranges)
	past := New(o)
	if err := past.ApplyV2(e.bytes(), "snapshot"); err != nil {
		return nil, wrap("restore snapshot", err)
	}
	return past, nil
}

// writeUpTo writes the structs of a client that end at or before clock.
func (e *encoder) writeUpTo(d *Doc, client uint32, clock uint64) {
	var slots []int32
	for _, ch := range d.clients[client].chunks {
		for _, e := range ch.entries {
			if d.item(e.slot).clock < clock {
				slots = append(slots, e.slot)
			}
		}
	}
	e.uint(uint64(len(slots)))
	e.client(d.clients[client].id)
	e.uint(0)
	for _, slot := range slots {
		e.writeItem(d, slot, 0)
	}
}
