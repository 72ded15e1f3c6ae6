package crdt

import (
	"grimoire/internal/crdt/lib0"
)

// Merge returns one update that does what all of the given ones do, without
// building a Doc (yjs v13.6: mergeUpdates). One update is returned as it is,
// unchecked; no update gives an empty one. Gaps become Skips. It takes time in
// proportion to the input, times the logarithm of the number of updates.
func Merge(updates ...[]byte) ([]byte, error) { return merge(updates, v1) }

// MergeV2 is [Merge] for format v2.
func MergeV2(updates ...[]byte) ([]byte, error) { return merge(updates, v2) }

func merge(updates [][]byte, f format) ([]byte, error) {
	if len(updates) == 1 {
		return updates[0], nil
	}
	readers := make([]mergeReader, len(updates))
	for i, u := range updates {
		readers[i] = mergeReader{updateReader: newUpdateReader(u, f)}
		readers[i].advance()
	}
	m := merger{queue: newMergeQueue(readers), out: newStructWriter(f, 0)}
	m.mergeStructs()
	var deletes deleteSet
	for i := range readers {
		readers[i].readDeleteSet(deletes.add)
		if err := readers[i].Err(); err != nil {
			return nil, wrap("merge updates", err)
		}
	}
	deletes.normalise()
	return m.out.finish(deletes), nil
}

type merger struct {
	queue   mergeQueue
	out     structWriter
	write   rawStruct // the struct to be written next
	started bool
}

// mergeStructs writes the structs of all updates, each unit once.
func (m *merger) mergeStructs() {
	for r := m.queue.first(); r != nil; r = m.queue.next() {
		m.turn(r)
	}
	if m.started {
		m.out.write(&m.write, 0)
	}
}

// turn takes structs from r, the reader whose turn it is, as long as they
// follow each other.
func (m *merger) turn(r *mergeReader) {
	first := r.cur.client
	if !m.started {
		m.started = true
		m.write = r.cur
		r.advance()
	} else {
		passed := false
		for r.more && r.cur.end() <= m.write.end() && r.cur.client >= m.write.client {
			r.advance()
			passed = true
		}
		if !r.more || r.cur.client != first || passed && r.cur.clock > m.write.end() {
			return
		}
		m.join(r)
	}
	for r.more && r.cur.client == first && r.cur.clock == m.write.end() {
		m.out.write(&m.write, 0)
		m.write = r.cur
		r.advance()
	}
}

// join brings the current struct of r behind the one to be written.
func (m *merger) join(r *mergeReader) {
	cur := r.cur
	if cur.client == m.write.client {
		end := m.write.end()
		if end < cur.clock {
			m.out.write(&m.write, 0)
			m.write = rawStruct{client: cur.client, clock: end, length: cur.clock - end, kind: kindSkip}
			return
		}
		if end > cur.clock {
			cur.cut(end - cur.clock)
		}
		if m.write.kind == kindGC && cur.kind == kindGC {
			m.write.length += cur.length
			return
		}
	}
	m.out.write(&m.write, 0)
	m.write = cur
	r.advance()
}

// cut drops the first diff units of s (yjs: sliceStruct).
func (s *rawStruct) cut(diff uint64) {
	s.clock += diff
	s.same = nil
	if s.kind == kindGC || s.kind == kindSkip {
		s.length -= diff
		return
	}
	s.has = s.has&(infoRight|infoKey) | infoOrigin
	s.origin = ID{s.client, s.clock - 1}
	switch s.kind {
	case kindString:
		n, inPair := lib0.UTF16Offset(s.content.bytes, int(diff))
		rest := s.content.bytes[n:]
		if inPair {
			rest = append([]byte(replacement), rest[4:]...)
		}
		s.content.bytes = rest
	case kindAny, kindJSON:
		s.content.bytes = skipValues(s.content.bytes, diff)
	}
	s.length -= diff
}

// structWriter writes structs one by one into sections, whose sizes are known
// only when they end (yjs: LazyStructWriter). Columns are not cut into sections.
type structWriter struct {
	encoder
	sections uint64 // that are finished
	structs  uint64 // in the open section
	open     uint64 // its client
	start    int    // where it starts
}

// newStructWriter returns a writer for about size bytes.
func newStructWriter(f format, size int) structWriter {
	w := structWriter{encoder: newEncoder(f)}
	w.buf = make([]byte, 0, size)
	return w
}

func (w *structWriter) write(s *rawStruct, offset uint64) {
	if w.structs > 0 && w.open != s.client {
		w.flush()
	}
	if w.structs == 0 {
		w.open, w.start = s.client, len(w.buf)
		w.client(s.client)
		w.uint(s.clock + offset)
	}
	if offset == 0 && s.same != nil && w.cols == nil {
		w.buf = append(w.buf, s.same...)
	} else {
		w.raw(s, offset)
	}
	w.structs++
}

// copy adds structs that follow the last one, in format v1 as they are.
func (w *structWriter) copy(structs []byte, n uint64) {
	w.buf = append(w.buf, structs...)
	w.structs += n
}

func (w *structWriter) flush() {
	if w.structs == 0 {
		return
	}
	w.insert(w.start, w.structs)
	w.structs = 0
	w.sections++
}

// finish adds the delete set and returns the update.
func (w *structWriter) finish(deletes deleteSet) []byte {
	w.flush()
	w.insert(0, w.sections)
	w.writeDeleteSet(deletes.ranges)
	return w.bytes()
}

// raw writes a struct without its first offset units.
func (e *encoder) raw(s *rawStruct, offset uint64) {
	if s.kind == kindGC || s.kind == kindSkip {
		e.empty(s.kind, s.length-offset)
		return
	}
	origin, has := s.origin, s.has
	if offset > 0 {
		origin, has = ID{s.client, s.clock + offset - 1}, has|infoOrigin
	}
	e.head(byte(s.kind)|has&^infoKind, origin, s.right)
	if has&(infoOrigin|infoRight) == 0 {
		if has&hasRoot != 0 {
			e.parentInfo(parentByName)
			e.string(s.root)
		} else {
			e.parentInfo(parentByID)
			e.leftID(s.parent)
		}
		if has&infoKey != 0 {
			e.string(s.key)
		}
	}
	e.content(s.kind, s.length, &s.content, offset)
}

// Diff returns what of update a Doc with the encoded state vector sv lacks,
// without building a Doc (yjs v13.6: diffUpdate). Of a client all is kept that
// follows the first new struct; the delete set is kept whole.
func Diff(update, sv []byte) ([]byte, error) { return diff(update, sv, v1) }

// DiffV2 is [Diff] for format v2.
func DiffV2(update, sv []byte) ([]byte, error) { return diff(update, sv, v2) }

func diff(update, sv []byte, f format) ([]byte, error) {
	known, err := DecodeStateVector(sv)
	if err != nil {
		return nil, wrap("diff update", err)
	}
	r := newUpdateReader(update, f)
	w := newStructWriter(f, len(update))
	s := rawStruct{}
	writing := false
	client := uint64(0)
	for r.next(&s) {
		clock := known[s.client]
		switch {
		case writing && s.client == client:
			w.write(&s, 0)
		case s.kind != kindSkip && s.end() > clock:
			w.write(&s, max(clock, s.clock)-s.clock)
			writing, client = true, s.client
		default:
			writing = false
			r.skim(clock)
			continue
		}
		from, left := r.Pos(), r.structs
		r.skim(lib0.MaxInt)
		w.copy(r.Since(from), left-r.structs)
	}
	var deletes deleteSet
	r.readDeleteSet(deletes.add)
	if err := r.Err(); err != nil {
		return nil, wrap("diff update", err)
	}
	deletes.sortClients()
	return w.finish(deletes), nil
}

// Without returns an update in format v1 without what it says of some clients:
// their structs from the given clocks on, and deletes of these. What else it
// holds may depend on them. It reports whether there were such deletes.
func Without(update []byte, from StateVector) (rest []byte, deleted bool, err error) {
	r := newUpdateReader(update, v1)
	w := newStructWriter(v1, len(update))
	var s rawStruct
	for r.next(&s) {
		if first, ok := from[s.client]; !ok || s.end() <= first {
			w.write(&s, 0)
		}
	}
	var deletes deleteSet
	r.readDeleteSet(func(del deleteRange) {
		if first, ok := from[del.client]; ok && del.end() > first {
			deleted = true
			del.length = max(first, del.clock) - del.clock
		}
		if del.length > 0 {
			deletes.add(del)
		}
	})
	if err := r.Err(); err != nil {
		return nil, false, wrap("cut clients from update", err)
	}
	deletes.sortClients()
	return w.finish(deletes), deleted, nil
}

// StateVectorOf returns the encoded state vector of an update: for each client
// where its structs end, if they start at clock 0, or where the first Skip is
// (yjs v13.6: encodeStateVectorFromUpdate).
func StateVectorOf(update []byte) ([]byte, error) { return stateVectorOf(update, v1) }

// StateVectorOfV2 is [StateVectorOf] for format v2.
func StateVectorOfV2(update []byte) ([]byte, error) { return stateVectorOf(update, v2) }

func stateVectorOf(update []byte, f format) ([]byte, error) {
	r := newUpdateReader(update, f)
	var out []byte
	n := uint64(0)
	s := rawStruct{}
	client, clock, stopped := uint64(0), uint64(0), true
	flush := func() {
		if clock > 0 {
			out = lib0.AppendUint(lib0.AppendUint(out, client), clock)
			n++
		}
	}
	for first := true; r.next(&s); first = false {
		if first || s.client != client {
			flush()
			client, clock, stopped = s.client, 0, s.clock != 0
		}
		if s.kind == kindSkip {
			stopped = true
		}
		if !stopped {
			clock = s.end()
		}
	}
	flush()
	r.readDeleteSet(func(deleteRange) {})
	if err := r.Err(); err != nil {
		return nil, wrap("state vector of update", err)
	}
	return append(lib0.AppendUint(nil, n), out...), nil
}

// ConvertV1ToV2 returns an update in format v1 as one in format v2
// (yjs v13.6: convertUpdateFormatV1ToV2).
func ConvertV1ToV2(update []byte) ([]byte, error) { return convert(update, v1, v2, nil) }

// ConvertV2ToV1 returns an update in format v2 as one in format v1. Values of
// embeds and formats become JSON there; what JSON cannot hold is lost.
func ConvertV2ToV1(update []byte) ([]byte, error) { return convert(update, v2, v1, nil) }

// convert writes an update anew; change may change each struct, but not its length.
func convert(update []byte, from, to format, change func(*rawStruct)) ([]byte, error) {
	r := newUpdateReader(update, from)
	w := newStructWriter(to, len(update))
	var s rawStruct // one for all: change lets it escape
	var end ID
	for ; r.next(&s); end = (ID{s.client, s.end()}) {
		if end != (ID{s.client, s.clock}) {
			w.flush() // also between sections of one client, unless they are one
		}
		if change != nil {
			change(&s)
		}
		w.write(&s, 0)
	}
	var deletes deleteSet
	r.readDeleteSet(deletes.add)
	if err := r.Err(); err != nil {
		return nil, wrap("convert update", err)
	}
	deletes.sortClients()
	return w.finish(deletes), nil
}
