package ws

import (
	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

// tailLimit bounds the updates that may follow a prebuilt answer before it is built anew.
const tailLimit = 64 << 10

// joinFrame keeps the last answer to a SyncStep1 once the same is asked again: a class that opens a
// page together asks the same thing three hundred times. What was typed since is sent after it, so
// nothing is encoded for one of them.
type joinFrame struct {
	vector string // the last question; the empty one is never asked
	answer frame  // nil: none is kept
	tail   [][]byte
	bytes  int   // in tail
	rest   frame // tail as one Update; nil if it must be made
}

// add notes an update that the Doc has and the kept answer has not.
func (j *joinFrame) add(update []byte) {
	if j.answer == nil {
		return
	}
	j.tail = append(j.tail, update)
	j.bytes += len(update)
	j.rest = nil
	if j.bytes > tailLimit {
		*j = joinFrame{}
	}
}

// frames answers the question; missing finds the answer if none is kept.
func (j *joinFrame) frames(vector []byte, missing func(vector []byte) ([]byte, error)) ([]frame, error) {
	if j.answer == nil || j.vector != string(vector) {
		update, err := missing(vector)
		if err != nil {
			return nil, err
		}
		answer := newFrame(protocol.SyncStep2{Update: update})
		if j.vector != string(vector) {
			*j = joinFrame{vector: string(vector)}
			return []frame{answer}, nil
		}
		j.answer = answer
	}
	if len(j.tail) == 0 {
		return []frame{j.answer}, nil
	}
	if j.rest == nil {
		merged, err := crdt.Merge(j.tail...)
		if err != nil {
			return nil, err
		}
		j.rest = newFrame(protocol.Update{Update: merged})
	}
	return []frame{j.answer, j.rest}, nil
}
