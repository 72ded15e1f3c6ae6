package crdt

import "grimoire/internal/crdt/lib0"

// The engine keeps JavaScript values as canonical Any. These are met so often
// that they have a name.
var (
	anyTrue      = mustAny(true)
	anyFalse     = mustAny(false)
	anyNull      = mustAny(nil)
	anyUndefined = mustAny(lib0.Undefined{})
)

func mustAny(v any) []byte {
	b, err := lib0.AppendAny(nil, v)
	if err != nil {
		panic(err)
	}
	return b
}

// readValues reads n Any values and returns them canonical, one behind the
// other.
func (r *decoder) readValues(n uint64) []byte {
	start := r.Pos()
	from := len(r.scratch)
	rewritten := false
	for ; n > 0 && r.Err() == nil; n-- {
		at := r.Pos()
		v := r.Any()
		if r.Err() != nil {
			return nil
		}
		raw := r.Since(at)
		if !rewritten && &raw[0] != &v[0] {
			rewritten = true
			r.scratch = append(r.scratch, r.Since(start)[:at-start]...)
		}
		if rewritten {
			r.scratch = append(r.scratch, v...)
		}
	}
	if rewritten {
		return r.scratch[from:len(r.scratch):len(r.scratch)]
	}
	return r.Since(start)
}

// readJSONValues reads n JSON texts, or the bare word undefined, as Any values.
func (r *decoder) readJSONValues(n uint64) []byte {
	var values []byte
	for ; n > 0 && r.Err() == nil; n-- {
		start := r.Pos()
		text := r.readString()
		r.checkColumns()
		if string(text) == "undefined" {
			values = append(values, anyUndefined...)
		} else {
			values = append(values, r.parseJSON(text, start)...)
		}
	}
	return values
}

// skipValues returns Any values without the first n.
func skipValues(values []byte, n uint64) []byte {
	r := lib0.NewReader(values)
	for range n {
		r.Any()
	}
	return values[r.Pos():]
}

// readAny returns the value of an Any.
func readAny(any []byte) any {
	r := lib0.NewReader(any)
	return r.Value()
}
