package ws

import "grimoire/internal/crdt/protocol"

// digest is what equal Docs have in common, in a few bytes. To make it costs a walk over the Doc, so it is kept
// until a row changes that.
type digest struct {
	vector, deletes uint64 // protocol.HashVector, protocol.HashDeletes
	row             int64  // that was the last one submitted
	made            bool
}

// digest returns that of the Doc. A room that dozes has made it before.
func (r *room) digest() digest {
	if r.awake != nil && (!r.digested.made || r.digested.row != r.submitted) {
		sv := r.awake.StateVector()
		r.digested = digest{
			vector: protocol.HashVector(sv.Encode()), deletes: protocol.HashDeletes(r.awake.Encode(sv)),
			row: r.submitted, made: true,
		}
	}
	return r.digested
}

// head says how far the log is, and what the Doc is then.
func (r *room) head() protocol.Head {
	d := r.digest()
	return protocol.Head{
		Generation: uint64(r.stored.Generation), Seq: uint64(r.stored.Head), Hash: d.vector, Deletes: d.deletes,
	}
}
