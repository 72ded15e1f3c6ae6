package lib0

import (
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// AnyFromJSON appends the value of a JSON text, read as JSON.parse does, as an
// Any. base is the text's place in the input, for errors.
func AnyFromJSON(dst, text []byte, base int) ([]byte, error) {
	p := jsonParser{text: text, base: base}
	start := len(dst)
	dst = p.value(dst, 0)
	p.space()
	if p.err == nil && p.pos < len(text) {
		p.fail(ErrMalformed, "text after the JSON value")
	}
	if p.err == nil {
		dst = p.widen(dst)
	}
	if p.err == nil && p.disorder {
		dst = append(dst[:start], canonical(dst[start:], keepProto)...)
	}
	return dst, p.err
}

// jsonParser appends values as it reads them, the properties of an object in the
// order of the text.
type jsonParser struct {
	text     []byte
	pos      int
	base     int
	err      error
	disorder bool // that order may not be canonical
	wide     []wideCount
}

// wideCount is a number of elements that does not fit into the byte left for it.
type wideCount struct {
	at int // place of that byte in what is written
	n  uint64
}

func (p *jsonParser) fail(err error, what string) {
	if p.err == nil {
		p.err = &DecodeError{Offset: p.base + p.pos, What: what, Err: err}
	}
	p.pos = len(p.text)
}

func (p *jsonParser) space() {
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// peek returns the next byte, or 0 at the end; JSON has no NUL outside strings.
func (p *jsonParser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *jsonParser) value(dst []byte, depth int) []byte {
	if depth > MaxDepth {
		p.fail(ErrLimit, "JSON nests too deep")
		return dst
	}
	p.space()
	switch c := p.peek(); {
	case c == '"':
		text := p.string()
		return AppendBytes(append(dst, anyString), text)
	case c == '{':
		return p.object(dst, depth)
	case c == '[':
		return p.array(dst, depth)
	case c == '-' || c >= '0' && c <= '9':
		return AppendNumber(dst, p.number())
	case p.literal("null"):
		return append(dst, anyNull)
	case p.literal("true"):
		return append(dst, anyTrue)
	case p.literal("false"):
		return append(dst, anyFalse)
	}
	p.fail(ErrMalformed, "JSON value expected")
	return dst
}

func (p *jsonParser) literal(word string) bool {
	if len(p.text)-p.pos < len(word) || string(p.text[p.pos:p.pos+len(word)]) != word {
		return false
	}
	p.pos += len(word)
	return true
}

func (p *jsonParser) array(dst []byte, depth int) []byte {
	p.pos++
	start := len(dst)
	dst = append(dst, anyArray, 0)
	n := uint64(0)
	for p.space(); p.peek() != ']'; p.space() {
		if n > 0 {
			if p.peek() != ',' {
				p.fail(ErrMalformed, "JSON array goes on without a comma")
				return dst
			}
			p.pos++
		}
		dst = p.value(dst, depth+1)
		if p.err != nil {
			return dst
		}
		n++
	}
	p.pos++
	p.setCount(dst, start+1, n)
	return dst
}

// setCount writes a count where a byte was left for it, or notes it for widen.
func (p *jsonParser) setCount(dst []byte, at int, n uint64) {
	if n < moreBytes {
		dst[at] = byte(n)
		return
	}
	p.wide = append(p.wide, wideCount{at, n})
}

// widen makes room for the counts that setCount noted. It moves each byte once, from
// the end on: making room whenever a count is known would move what is in a list
// once for each list around it.
func (p *jsonParser) widen(dst []byte) []byte {
	slices.SortFunc(p.wide, func(a, b wideCount) int { return a.at - b.at })
	var count [10]byte
	more := 0
	for _, w := range p.wide {
		more += len(AppendUint(count[:0], w.n)) - 1
	}
	end := len(dst)
	dst = slices.Grow(dst, more)[:end+more]
	to := len(dst)
	for _, w := range slices.Backward(p.wide) {
		to -= copy(dst[to-(end-w.at-1):to], dst[w.at+1:end])
		n := AppendUint(count[:0], w.n)
		to -= copy(dst[to-len(n):to], n)
		end = w.at
	}
	return dst
}

func (p *jsonParser) object(dst []byte, depth int) []byte {
	p.pos++
	start := len(dst)
	dst = append(dst, anyObject, 0)
	n := uint64(0)
	var keys [few][]byte
	for p.space(); p.peek() != '}'; p.space() {
		if n > 0 {
			if p.peek() != ',' {
				p.fail(ErrMalformed, "JSON object goes on without a comma")
				return dst
			}
			p.pos++
			p.space()
		}
		if p.peek() != '"' {
			p.fail(ErrMalformed, "JSON object key expected")
			return dst
		}
		key := p.string()
		p.disorder = p.disorder || n >= few || isIndex(key) || slices.ContainsFunc(keys[:n], func(k []byte) bool { return string(k) == string(key) })
		if n < few {
			keys[n] = key
		}
		p.space()
		if p.peek() != ':' {
			p.fail(ErrMalformed, "JSON object key without a colon")
			return dst
		}
		p.pos++
		dst = p.value(AppendBytes(dst, key), depth+1)
		if p.err != nil {
			return dst
		}
		n++
	}
	p.pos++
	p.setCount(dst, start+1, n)
	return dst
}

// number reads -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (p *jsonParser) number() float64 {
	start := p.pos
	digits := func() bool {
		from := p.pos
		for c := p.peek(); c >= '0' && c <= '9'; c = p.peek() {
			p.pos++
		}
		return p.pos > from
	}
	if p.peek() == '-' {
		p.pos++
	}
	ok := true
	if p.peek() == '0' {
		p.pos++
	} else {
		ok = digits()
	}
	if ok && p.peek() == '.' {
		p.pos++
		ok = digits()
	}
	if ok && (p.peek() == 'e' || p.peek() == 'E') {
		p.pos++
		if p.peek() == '+' || p.peek() == '-' {
			p.pos++
		}
		ok = digits()
	}
	if !ok {
		p.fail(ErrMalformed, "JSON number without digits")
		return 0
	}
	// Out of range is infinity, as in JavaScript; no other error can be.
	f, _ := strconv.ParseFloat(string(p.text[start:p.pos]), 64)
	return f
}

// string reads a string. Without escapes it is a slice of the text; a lone
// surrogate becomes three bytes of WTF-8.
func (p *jsonParser) string() []byte {
	p.pos++
	start := p.pos
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == '"':
			p.pos++
			return p.text[start : p.pos-1]
		case c == '\\':
			return p.escaped(slices.Clone(p.text[start:p.pos]))
		case c < ' ':
			p.fail(ErrMalformed, "control character in a JSON string")
			return nil
		}
		p.pos++
	}
	p.fail(ErrMalformed, "JSON string without an end")
	return nil
}

func (p *jsonParser) escaped(out []byte) []byte {
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		p.pos++
		switch {
		case c == '"':
			return joinSurrogates(out)
		case c < ' ':
			p.pos--
			p.fail(ErrMalformed, "control character in a JSON string")
			return nil
		case c != '\\':
			out = append(out, c)
			continue
		}
		escape := p.peek()
		p.pos++
		switch escape {
		case '"', '\\', '/':
			out = append(out, escape)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			if p.pos+4 > len(p.text) {
				p.fail(ErrMalformed, "JSON escape cut short")
				return nil
			}
			unit, err := strconv.ParseUint(string(p.text[p.pos:p.pos+4]), 16, 16)
			if err != nil {
				p.fail(ErrMalformed, "JSON escape without four hex digits")
				return nil
			}
			p.pos += 4
			out = appendUnit(out, rune(unit))
		default:
			p.pos--
			p.fail(ErrMalformed, "unknown JSON escape")
			return nil
		}
	}
	p.fail(ErrMalformed, "JSON string without an end")
	return nil
}

// appendUnit appends a UTF-16 unit as UTF-8, a surrogate as WTF-8.
func appendUnit(dst []byte, unit rune) []byte {
	if utf16.IsSurrogate(unit) {
		return append(dst, 0xe0|byte(unit>>12), 0x80|byte(unit>>6)&0xbf, 0x80|byte(unit)&0xbf)
	}
	return utf8.AppendRune(dst, unit)
}

// surrogateAt decodes a WTF-8 surrogate at the start of b, or returns 0.
func surrogateAt(b []byte) rune {
	if len(b) >= 3 && b[0] == 0xed && b[1] >= 0xa0 {
		return 0xd000 | rune(b[1]&0x3f)<<6 | rune(b[2]&0x3f)
	}
	return 0
}

// joinSurrogates makes code points of the surrogate pairs in b, in place.
func joinSurrogates(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); {
		if hi := surrogateAt(b[i:]); hi != 0 {
			if r := utf16.DecodeRune(hi, surrogateAt(b[i+3:])); r != utf8.RuneError {
				out = utf8.AppendRune(out, r)
				i += 6
				continue
			}
		}
		out = append(out, b[i])
		i++
	}
	return out
}
