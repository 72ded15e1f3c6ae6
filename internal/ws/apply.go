package ws

// outcome is what an update did to the Doc.
type outcome struct {
	news  bool     // it must be logged
	relay [][]byte // what the neighbours need of it
}

// apply integrates an update that misses nothing. Neighbours get what arrived if that is all that
// happened to the Doc: rows of the past may hold what waits for something, and then goes with it.
func (r *room) apply(update []byte, origin any) (outcome, error) {
	waited := r.isPending()
	r.emitted = nil
	if err := r.doc().Apply(update, origin); err != nil {
		return outcome{}, err
	}
	if waited || len(r.emitted) != 1 {
		return outcome{news: len(r.emitted) > 0, relay: r.emitted}, nil
	}
	return outcome{news: true, relay: [][]byte{update}}, nil
}
