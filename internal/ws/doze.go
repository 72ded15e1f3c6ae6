package ws

import (
	"fmt"
	"time"

	"grimoire/internal/crdt"
)

// dozeAfter is how long nobody has needed the Doc itself when a room gives it up.
const dozeAfter = time.Minute

// dozing is what a room keeps of its Doc while people only read: a tenth of the memory, and enough
// for those who join. Whoever writes, or looks at the Doc, has it built again.
type dozing struct {
	state  []byte // the whole Doc as an update
	vector []byte // its state vector
}

// doc returns the Doc. It panics if what was kept of it cannot be read, and the room is loaded anew.
func (r *room) doc() *crdt.Doc {
	r.neededAt = time.Now()
	if r.awake == nil {
		doc, err := open(Stored{State: r.dozing.state})
		if err != nil {
			panic(fmt.Sprintf("build the Doc of a room that dozed: %v", err))
		}
		r.wakeWith(doc)
	}
	return r.awake
}

// wakeWith makes doc the room's.
func (r *room) wakeWith(doc *crdt.Doc) {
	doc.OnUpdate(func(update []byte, _ any) { r.emitted = append(r.emitted, update) })
	r.awake, r.dozing = doc, dozing{}
}

// doze gives the Doc up if nobody has needed it for a while. One in which something is missing stays.
func (r *room) doze(now time.Time) {
	if r.awake == nil || now.Before(r.neededAt.Add(dozeAfter)) || r.isPending() {
		return
	}
	r.digest()
	r.dozing = dozing{r.awake.Encode(nil), r.awake.StateVector().Encode()}
	r.awake, r.emitted = nil, nil
}

// isPending reports whether the Doc keeps what builds on something that is missing.
func (r *room) isPending() bool {
	if r.awake == nil {
		return false
	}
	p := r.awake.Pending()
	return p.Structs || p.Deletes
}

// vector returns the encoded state vector.
func (r *room) vector() []byte {
	if r.awake == nil {
		return r.dozing.vector
	}
	return r.awake.StateVector().Encode()
}

// missing returns what a Doc at this state vector lacks.
func (r *room) missing(vector []byte) ([]byte, error) {
	sv, err := crdt.DecodeStateVector(vector)
	switch {
	case err != nil:
		return nil, err
	case r.awake != nil:
		return r.awake.Encode(sv), nil
	case len(sv) == 0:
		return r.dozing.state, nil
	default:
		return crdt.Diff(r.dozing.state, vector)
	}
}

// clock returns how much the Doc has of a client.
func (r *room) clock(client uint64) uint64 {
	if r.awake == nil {
		sv, err := crdt.DecodeStateVector(r.dozing.vector)
		if err != nil {
			panic(err) // a vector of our own
		}
		return sv[client]
	}
	return r.awake.State(client)
}
