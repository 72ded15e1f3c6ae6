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
