package load

import (
	"bytes"
	"fmt"
	"sync"

	"grimoire/loadgen/internal/yjs"
)

// wholeness tells whether an update holds a whole document. Reading a large
// update costs more than the server's answer, so updates that equal one already
// found whole are not read again.
type wholeness struct {
	vector yjs.StateVector

	mu    sync.Mutex
	known [][]byte
}

func newWholeness(document []byte) (*wholeness, error) {
	vector, err := reach(document)
	if err != nil {
		return nil, fmt.Errorf("load: the document: %w", err)
	}
	return &wholeness{vector: vector}, nil
}

// reach returns the clock up to which the update holds each client's edits.
func reach(update []byte) (yjs.StateVector, error) {
	vector := yjs.StateVector{}
	err := yjs.Ranges(update, func(client, clock, length uint64) {
		vector[client] = max(vector[client], clock+length)
	})
	return vector, err
}

// coveredBy reports whether a document with the vector holds all of this one.
func (w *wholeness) coveredBy(vector yjs.StateVector) bool {
	for client, clock := range w.vector {
		if vector[client] < clock {
			return false
		}
	}
	return true
}

// holds reports whether the update carries the whole document.
func (w *wholeness) holds(update []byte) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range w.known {
		if bytes.Equal(k, update) {
			return true, nil
		}
	}
	vector, err := reach(update)
	if err != nil || !w.coveredBy(vector) {
		return false, err
	}
	w.known = append(w.known, bytes.Clone(update))
	return true, nil
}
