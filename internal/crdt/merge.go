package crdt

import (
	"grimoire/internal/crdt/lib0"
)

// Merge returns one update that does what all of the given ones do, without
// building a Doc (yjs v13.6: mergeUpdates). One update is returned as it is,
// unchecked; no update gives an empty one. Gaps become Skips. It takes time in
// proportion to the input, times the logarithm of the number of updates.
func Merge(updates ...[]byte) ([]byte, error) {
	if len(updates) == 1 {
		return updates[0], nil
	}
	readers := make([]mergeReader, len(updates))
	for i, u := range updates {
		readers[i] = mergeReader{updateReader: newUpdateReader(u)}
		readers[i].advance()
	}
	m := merger{queue: newMergeQueue(readers)}
	m.mergeStructs()
	var deletes deleteSet
	for i := range readers {
		readers[i].readDeleteSet(deletes.add)
		if err := readers[i].Err(); err != nil {
			return nil, wrap("merge updates", err)
		}
	}
	deletes.normalise()
	e := encoder{buf: m.out.finish()}
	e.writeDeleteSet(deletes.ranges)
	return e.buf, nil
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
// only when they end (yjs: LazyStructWriter).
type structWriter struct {
	sections uint64
	done     []byte  // finished sections
	section  encoder // the open one
	client   uint64
	structs  uint64
}

func (w *structWriter) write(s *rawStruct, offset uint64) {
	if w.structs > 0 && w.client != s.client {
		w.flush()
	}
	if w.structs == 0 {
		w.client = s.client
		w.section.id(s.client, s.clock+offset)
	}
	w.section.raw(s, offset)
	w.structs++
}

func (w *structWriter) flush() {
	if w.structs == 0 {
		return
	}
	w.done = lib0.AppendUint(w.done, w.structs)
	w.done = append(w.done, w.section.buf...)
	w.section.buf = w.section.buf[:0]
	w.structs = 0
	w.sections++
}

// finish returns the part of an update before the delete set.
func (w *structWriter) finish() []byte {
	w.flush()
	return append(lib0.AppendUint(make([]byte, 0, len(w.done)+16), w.sections), w.done...)
}

// raw writes a struct without its first offset units.
func (e *encoder) raw(s *rawStruct, offset uint64) {
	if s.kind == kindGC || s.kind == kindSkip {
		e.buf = append(e.buf, byte(s.kind))
		e.uint(s.length - offset)
		return
	}
	origin, has := s.origin, s.has
	if offset > 0 {
		origin, has = ID{s.client, s.clock + offset - 1}, has|infoOrigin
	}
	e.buf = append(e.buf, byte(s.kind)|has&^infoKind)
	if has&infoOrigin != 0 {
		e.id(origin.Client, origin.Clock)
	}
	if has&infoRight != 0 {
		e.id(s.right.Client, s.right.Clock)
	}
	if has&(infoOrigin|infoRight) == 0 {
		if has&hasRoot != 0 {
			e.uint(1)
			e.string(s.root)
		} else {
			e.uint(0)
			e.id(s.parent.Client, s.parent.Clock)
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
func Diff(update, sv []byte) ([]byte, error) {
	known, err := DecodeStateVector(sv)
	if err != nil {
		return nil, wrap("diff update", err)
	}
	r := newUpdateReader(update)
	w := structWriter{}
	s := rawStruct{}
	writing := false
	client := uint64(0)
	for r.next(&s) {
		if writing && s.client == client {
			w.write(&s, 0)
			continue
		}
		writing = false
		if clock := known[s.client]; s.kind != kindSkip && s.end() > clock {
			w.write(&s, max(clock, s.clock)-s.clock)
			writing, client = true, s.client
		}
	}
	var deletes deleteSet
	r.readDeleteSet(deletes.add)
	if err := r.Err(); err != nil {
		return nil, wrap("diff update", err)
	}
	e := encoder{buf: w.finish()}
	deletes.sortClients()
	e.writeDeleteSet(deletes.ranges)
	return e.buf, nil
}

// StateVectorOf returns the encoded state vector of an update: for each client
// where its structs end, if they start at clock 0, or where the first Skip is
// (yjs v13.6: encodeStateVectorFromUpdate).
func StateVectorOf(update []byte) ([]byte, error) {
	r := newUpdateReader(update)
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
