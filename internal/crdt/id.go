package crdt

import (
	"maps"
	"slices"

	"grimoire/internal/crdt/lib0"
)

// ID names one unit of content for ever: the client that made it, and how many
// units that client had made before. An Item of length n owns n IDs.
type ID struct {
	Client uint64 `json:"client"`
	Clock  uint64 `json:"clock"`
}

// StateVector says for each client how many units are known: the next clock.
// Clients of which nothing is known are absent.
type StateVector map[uint64]uint64

// Encode returns sv as yjs encodes it (writeStateVector): highest client first.
func (sv StateVector) Encode() []byte {
	dst := lib0.AppendUint(nil, uint64(len(sv)))
	for _, client := range slices.Backward(slices.Sorted(maps.Keys(sv))) {
		dst = lib0.AppendUint(dst, client)
		dst = lib0.AppendUint(dst, sv[client])
	}
	return dst
}

// DecodeStateVector reads what [StateVector.Encode] or yjs wrote. Of a client
// given twice the last clock counts. Bytes after the end are ignored.
func DecodeStateVector(b []byte) (StateVector, error) {
	r := lib0.NewReader(b)
	sv := StateVector{}
	for n := r.Uint(); n > 0 && r.Err() == nil; n-- {
		client := r.Uint()
		clock := r.Uint()
		if r.Err() == nil {
			sv[client] = clock
		}
	}
	if err := r.Err(); err != nil {
		return nil, wrap("state vector", err)
	}
	return sv, nil
}

// DeleteSet says which units were deleted. The zero DeleteSet is empty (yjs v13.6:
// DeleteSet).
type DeleteSet struct{ set deleteSet }

// IDRange is a run of units of one client.
type IDRange struct {
	ID     // of the first unit
	Length uint64
}

// NewDeleteSet returns the set of all units in ranges, which may overlap (yjs:
// createDeleteSet, addToDeleteSet). Ranges of length 0 are left out; it panics at
// one that ends above 2^53-1.
func NewDeleteSet(ranges ...IDRange) DeleteSet {
	var s deleteSet
	for _, r := range ranges {
		if r.Client > lib0.MaxInt || r.Clock > lib0.MaxInt || r.Length > lib0.MaxInt-r.Clock {
			panic("crdt: deleted range ends above 2^53-1")
		}
		if r.Length > 0 {
			s.add(deleteRange{r.Client, r.Clock, r.Length})
		}
	}
	s.normalise()
	return DeleteSet{s}
}

// Ranges returns the set as runs that neither touch nor overlap, highest client
// first, then ascending.
func (s DeleteSet) Ranges() []IDRange {
	var ranges []IDRange
	for _, r := range s.set.ranges {
		ranges = append(ranges, IDRange{ID{r.client, r.clock}, r.length})
	}
	return ranges
}

// Contains reports whether a unit is in the set (yjs: isDeleted).
func (s DeleteSet) Contains(id ID) bool {
	i := s.set.before(id)
	return i >= 0 && s.set.ranges[i].client == id.Client && id.Clock < s.set.ranges[i].end()
}

// Union returns the units that are in s or in one of others (yjs:
// mergeDeleteSets).
func (s DeleteSet) Union(others ...DeleteSet) DeleteSet {
	all := deleteSet{slices.Clone(s.set.ranges)}
	for _, o := range others {
		all.ranges = append(all.ranges, o.set.ranges...)
	}
	all.normalise()
	return DeleteSet{all}
}

// Equal reports whether both hold the same units (yjs: equalDeleteSets).
func (s DeleteSet) Equal(other DeleteSet) bool { return slices.Equal(s.set.ranges, other.set.ranges) }

// Encode returns s as yjs writes it in updates and snapshots (writeDeleteSet).
func (s DeleteSet) Encode() []byte { return s.encode(v1) }

// EncodeV2 is [DeleteSet.Encode] in format v2.
func (s DeleteSet) EncodeV2() []byte { return s.encode(v2) }

func (s DeleteSet) encode(f format) []byte {
	e := newEncoder(f)
	e.writeDeleteSet(s.set.ranges)
	return e.buf // a delete set has no columns
}

// DecodeDeleteSet reads what [DeleteSet.Encode] or yjs wrote. Bytes after the end
// are ignored.
func DecodeDeleteSet(b []byte) (DeleteSet, error) { return decodeDeleteSet(b, v1) }

// DecodeDeleteSetV2 is [DecodeDeleteSet] for format v2.
func DecodeDeleteSetV2(b []byte) (DeleteSet, error) { return decodeDeleteSet(b, v2) }

func decodeDeleteSet(b []byte, f format) (DeleteSet, error) {
	s, _, err := readDeleteSet(b, f)
	if err != nil {
		return DeleteSet{}, wrap("delete set", err)
	}
	return DeleteSet{s}, nil
}

// readDeleteSet returns the delete set at the start of b and where it ends.
func readDeleteSet(b []byte, f format) (s deleteSet, end int, err error) {
	r := updateReader{decoder: decoder{Reader: lib0.NewReader(b)}}
	if f == v2 {
		r.cols = &columns{} // none of them is read
	}
	r.readDeleteSet(s.add)
	if err := r.Err(); err != nil {
		return deleteSet{}, 0, err
	}
	s.normalise()
	return s, r.Pos(), nil
}
