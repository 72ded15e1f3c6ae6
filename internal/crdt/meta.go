package crdt

// Meta returns of each client of an update where its structs begin and where they
// end, Skips included (yjs v13.6: parseUpdateMeta). Of a client with several
// sections the last counts.
func Meta(update []byte) (from, to StateVector, err error) { return meta(update, v1) }

// MetaV2 is [Meta] for format v2.
func MetaV2(update []byte) (from, to StateVector, err error) { return meta(update, v2) }

func meta(update []byte, f format) (from, to StateVector, err error) {
	r := newUpdateReader(update, f)
	from, to = StateVector{}, StateVector{}
	client := uint64(0)
	for s := (rawStruct{}); r.next(&s); client = s.client {
		if len(from) == 0 || s.client != client {
			from[s.client] = s.clock
		}
		to[s.client] = s.end()
	}
	r.readDeleteSet(func(deleteRange) {})
	if err := r.Err(); err != nil {
		return nil, nil, wrap("meta of update", err)
	}
	return from, to, nil
}
