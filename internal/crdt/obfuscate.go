package crdt

import (
	"strconv"
	"strings"

	"grimoire/internal/crdt/lib0"
)

// ObfuscateOptions say what of an update stays readable.
type ObfuscateOptions struct {
	KeepFormats bool // names and values of formats
	KeepSubdocs bool // names and options of subdocuments
	KeepXML     bool // names of elements and hooks
}

// Obfuscate returns an update that does what the given one does with other words:
// text, values and keys are replaced by numbers, roots keep their names. So
// somebody can look into a fault without reading what it happened to (yjs v13.6:
// obfuscateUpdate).
func Obfuscate(update []byte, o ObfuscateOptions) ([]byte, error) {
	return convert(update, v1, v1, newObfuscator(o).obfuscate)
}

// ObfuscateV2 is [Obfuscate] for format v2.
func ObfuscateV2(update []byte, o ObfuscateOptions) ([]byte, error) {
	return convert(update, v2, v2, newObfuscator(o).obfuscate)
}

type obfuscator struct {
	ObfuscateOptions
	n int // of Items so far

	// What was replaced by what.
	keys, nodes, formats map[string]string
	values               map[string][]byte // of formats, but objects
}

func newObfuscator(o ObfuscateOptions) *obfuscator {
	return &obfuscator{
		ObfuscateOptions: o,
		keys:             map[string]string{}, nodes: map[string]string{}, formats: map[string]string{},
		values: map[string][]byte{string(anyNull): anyNull}, // the end of a format stays one
	}
}

func (o *obfuscator) obfuscate(s *rawStruct) {
	c := &s.content
	number := strconv.Itoa(o.n)
	s.same = nil
	switch s.kind {
	case kindGC, kindSkip:
		return
	case kindString:
		c.bytes = []byte(strings.Repeat(strconv.Itoa(o.n%10), int(s.length)))
	case kindAny, kindJSON:
		c.bytes = nil
		for range s.length {
			c.bytes = lib0.AppendNumber(c.bytes, float64(o.n))
		}
	case kindBinary:
		c.bytes = []byte{byte(o.n)}
	case kindEmbed:
		c.bytes = lib0.AppendObjectHead(nil, 0)
	case kindFormat:
		if !o.KeepFormats {
			c.name = []byte(once(o.formats, string(c.name), number))
			c.bytes = o.value(c.bytes)
		}
	case kindType:
		if prefix := (map[typeKind]string{typeXmlElement: "node-", typeXmlHook: "hook-"})[c.typ]; prefix != "" && !o.KeepXML {
			c.name = []byte(once(o.nodes, string(c.name), prefix+number))
		}
	case kindDoc:
		if !o.KeepSubdocs {
			c.name, c.bytes = []byte(number), lib0.AppendObjectHead(nil, 0)
		}
	}
	if s.has&infoKey != 0 && len(s.key) > 0 {
		s.key = []byte(once(o.keys, string(s.key), number))
	}
	o.n++
}

// value returns what stands for the value of a format. Objects are all different.
func (o *obfuscator) value(any []byte) []byte {
	fresh := lib0.AppendNumber(lib0.AppendString(lib0.AppendObjectHead(nil, 1), "i"), float64(o.n))
	if lib0.IsObject(any) {
		return fresh
	}
	if readAny(any) == float64(0) { // or -0, which is the same
		any = mustAny(0)
	}
	return once(o.values, string(any), fresh)
}

// once returns what m has for key, or puts value there.
func once[V any](m map[string]V, key string, value V) V {
	if known, ok := m[key]; ok {
		return known
	}
	m[key] = value
	return value
}
