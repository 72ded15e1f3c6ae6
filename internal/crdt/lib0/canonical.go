package lib0

import (
	"math"
	"slices"
)

// protoKey is what becomes of the key "__proto__": setting it is lost in
// JavaScript, while JSON.parse makes it a property like any other.
type protoKey bool

const (
	keepProto protoKey = false
	dropProto protoKey = true
)

// canonical returns an Any, which is well-formed, as lib0 would write it after
// reading it. It takes time and memory in proportion to the bytes, however deep
// they nest: where each array and object ends is found once, for all levels.
func canonical(any []byte, proto protoKey) []byte {
	c := canonicaliser{r: NewReader(any), dropProto: bool(proto)}
	c.find()
	c.r.pos = 0
	return c.write(make([]byte, 0, len(any)), 0)
}

type canonicaliser struct {
	r          Reader
	dropProto  bool
	containers []container // in the order in which they begin
	members    []member    // of the objects that are being written
}

// container is an array or an object: where it ends, and which container begins
// next behind it.
type container struct{ end, next uint32 }

// member is a property of an object: places in the bytes, and the container that
// its value is or that begins next.
type member struct {
	key, keyEnd, value, container uint32
}

// find lists the containers.
func (c *canonicaliser) find() {
	tag := c.r.Byte()
	if tag != anyArray && tag != anyObject {
		c.r.skipScalar(tag)
		return
	}
	i := len(c.containers)
	c.containers = append(c.containers, container{})
	for n := c.r.Uint(); n > 0; n-- {
		if tag == anyObject {
			c.r.Bytes()
		}
		c.find()
	}
	c.containers[i] = container{uint32(c.r.pos), uint32(len(c.containers))}
}

// skipScalar reads past what follows a tag, which is not that of a container.
func (r *Reader) skipScalar(tag byte) {
	switch tag {
	case anyInteger:
		r.Int()
	case anyFloat32:
		r.Take(4)
	case anyFloat64, anyBigInt:
		r.Take(8)
	case anyString, anyBytes:
		r.Bytes()
	}
}

// write appends the value at c.r, which is or is followed by container i.
func (c *canonicaliser) write(dst []byte, i uint32) []byte {
	r := &c.r
	switch tag := r.Byte(); tag {
	case anyInteger:
		n, neg := r.Int()
		if n == 0 && neg {
			return AppendNumber(dst, math.Copysign(0, -1))
		}
		return AppendNumber(dst, float64(n))
	case anyFloat32:
		return AppendNumber(dst, r.float32())
	case anyFloat64:
		return AppendNumber(dst, r.float64())
	case anyBigInt:
		return append(append(dst, tag), r.Take(8)...)
	case anyString, anyBytes:
		return AppendBytes(append(dst, tag), r.Bytes())
	case anyArray:
		i++
		n := r.Uint()
		dst = AppendUint(append(dst, tag), n)
		for ; n > 0; n-- {
			next := c.after(i)
			dst = c.write(dst, i)
			i = next
		}
		return dst
	case anyObject:
		return c.writeObject(dst, i+1)
	default:
		return append(dst, tag)
	}
}

// after returns the container that begins next behind the value at c.r.
func (c *canonicaliser) after(i uint32) uint32 {
	if tag := c.r.buf[c.r.pos]; tag == anyArray || tag == anyObject {
		return c.containers[i].next
	}
	return i
}

// writeObject appends an object, at whose count c.r is, with its keys in
// JavaScript's order: array indexes ascending, then the rest as they came. A
// repeated key keeps its place and takes the last value.
func (c *canonicaliser) writeObject(dst []byte, i uint32) []byte {
	r := &c.r
	first := len(c.members)
	n := r.Uint()
	var places map[string]int
	if n > few {
		places = make(map[string]int, min(n, uint64(r.Len()/2)))
	}
	for ; n > 0; n-- {
		key := r.Bytes()
		m := member{key: uint32(r.pos - len(key)), keyEnd: uint32(r.pos), value: uint32(r.pos), container: i}
		i = c.after(i)
		if m.container != i {
			r.pos = int(c.containers[m.container].end)
		} else {
			r.skipScalar(r.Byte())
		}
		switch at := c.place(first, places, key); {
		case c.dropProto && string(key) == "__proto__":
		case at >= 0:
			c.members[at] = m
		default:
			if places != nil {
				places[string(key)] = len(c.members)
			}
			c.members = append(c.members, m)
		}
	}
	end := r.pos
	slices.SortStableFunc(c.members[first:], func(a, b member) int {
		return CompareKeys(string(r.buf[a.key:a.keyEnd]), string(r.buf[b.key:b.keyEnd]))
	})
	last := len(c.members)
	dst = AppendUint(append(dst, anyObject), uint64(last-first))
	for at := first; at < last; at++ {
		m := c.members[at]
		dst = AppendBytes(dst, r.buf[m.key:m.keyEnd])
		r.pos = int(m.value)
		dst = c.write(dst, m.container)
	}
	r.pos = end
	c.members = c.members[:first]
	return dst
}

// few is up to how many keys are compared one by one.
const few = 8

// place returns where in c.members the object that begins at first has a key; -1
// if it has not.
func (c *canonicaliser) place(first int, places map[string]int, key []byte) int {
	if places != nil {
		if at, ok := places[string(key)]; ok {
			return at
		}
		return -1
	}
	for at := first; at < len(c.members); at++ {
		if m := c.members[at]; string(c.r.buf[m.key:m.keyEnd]) == string(key) {
			return at
		}
	}
	return -1
}
