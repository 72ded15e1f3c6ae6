package load

import (
	"bytes"
	"io"
	"slices"
	"sync"
)

// memory keeps large frames. A class that opens a document receives the same
// bytes many times over; to compare them as they come costs a fraction of
// keeping every copy, which would make this program the slowest part of a join
// storm. A frame that it returns may be shared: nobody may change its bytes.
type memory struct {
	mu     sync.Mutex
	frames [][]byte
}

const (
	chunk    = 64 << 10 // bytes read at once; frames below it are not remembered
	memories = 8
)

// read reads r to its end, into buffer where the frame is new.
func (m *memory) read(buffer []byte, r io.Reader) ([]byte, error) {
	buffer, err := fill(buffer, r)
	if err == io.EOF {
		return buffer, nil
	}
	if err != nil {
		return buffer, err
	}
	if known := m.find(buffer); known != nil {
		buffer, err = compare(buffer, known, r)
	}
	for err == nil {
		buffer = slices.Grow(buffer, len(buffer))
		var n int
		n, err = r.Read(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
	}
	if err != io.EOF {
		return buffer, err
	}
	m.keep(buffer)
	return buffer, nil
}

// fill reads until buffer holds a chunk, or to io.EOF.
func fill(buffer []byte, r io.Reader) ([]byte, error) {
	for len(buffer) < chunk {
		buffer = slices.Grow(buffer, 512)
		n, err := r.Read(buffer[len(buffer):min(cap(buffer), chunk)])
		buffer = buffer[:len(buffer)+n]
		if err != nil {
			return buffer, err
		}
	}
	return buffer, nil
}

// find returns a frame that begins as given, or nil.
func (m *memory) find(beginning []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.frames {
		if bytes.HasPrefix(f, beginning) {
			return f
		}
	}
	return nil
}

// compare reads on from r as long as it brings what known has after buffer,
// whose memory it uses. It returns what was read altogether: known itself, cut
// to that length, or a copy once something else came.
func compare(buffer, known []byte, r io.Reader) ([]byte, error) {
	at := len(buffer)
	for {
		n, err := r.Read(buffer)
		if same := at+n <= len(known) && bytes.Equal(buffer[:n], known[at:at+n]); !same {
			return append(append(make([]byte, 0, len(known)+n), known[:at]...), buffer[:n]...), err
		}
		if at += n; err != nil {
			return known[:at:at], err
		}
	}
}

// keep remembers the frame unless it is known.
func (m *memory) keep(frame []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.frames) == memories {
		return
	}
	for _, f := range m.frames {
		if bytes.Equal(f, frame) {
			return
		}
	}
	m.frames = append(m.frames, bytes.Clone(frame))
}
