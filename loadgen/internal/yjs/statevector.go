package yjs

import "grimoire/loadgen/internal/lib0"

// StateVector maps each client to the clock it has reached: how many of its
// characters a document holds.
type StateVector map[uint64]uint64

// EmptyStateVector is the encoded state vector of a document with nothing in it.
var EmptyStateVector = []byte{0}

// DecodeStateVector decodes the payload of a sync step 1.
func DecodeStateVector(b []byte) (StateVector, error) {
	d := lib0.NewDecoder(b)
	vector := StateVector{}
	repeat(d, d.Uint(), func() {
		client := d.Uint()
		vector[client] = d.Uint()
	})
	return vector, d.Err()
}
