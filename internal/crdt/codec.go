package crdt

import "grimoire/internal/crdt/lib0"

// decoder reads the fields of an update in format v1: each where it stands in
// one stream of bytes. codec_v2.go has the columns of format v2.
type decoder struct {
	lib0.Reader
	scratch []byte // holds what had to be rewritten; only ever appended to
}

// readID reads a client and a clock.
func (r *decoder) readID() ID { return ID{r.Uint(), r.Uint()} }

// readJSON reads a JSON text and returns its value as an Any.
func (r *decoder) readJSON() []byte {
	start := r.Pos()
	text := r.String()
	if r.Err() != nil {
		return nil
	}
	switch string(text) { // what nearly every format is
	case "true":
		return anyTrue
	case "null":
		return anyNull
	}
	from := len(r.scratch)
	scratch, err := lib0.AnyFromJSON(r.scratch, text, start)
	if err != nil {
		r.FailWith(err)
		return nil
	}
	r.scratch = scratch
	return scratch[from:len(scratch):len(scratch)]
}

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
		text := r.String()
		switch {
		case r.Err() != nil:
		case string(text) == "undefined":
			values = append(values, anyUndefined...)
		default:
			var err error
			if values, err = lib0.AnyFromJSON(values, text, start); err != nil {
				r.FailWith(err)
			}
		}
	}
	return values
}
