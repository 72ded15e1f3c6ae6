package disktest

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// A Recording knows, of each file in a directory, what has been confirmed to be on the disk and what has only been
// written since. It is safe for concurrent use; a nil Recording records nothing.
type Recording struct {
	directory string

	mu    sync.Mutex
	files map[string]*recorded
	// When operations reaches cutAt, the power goes: cut is called, and nothing is recorded any more.
	operations, cutAt int
	cut               func()
	done              bool
}

// recorded is one file: confirmed, and the writes and truncations since, in order.
type recorded struct {
	confirmed []byte
	since     []change
}

type change struct {
	offset int64
	data   []byte // nil: the file was cut to offset bytes
}

// Record begins to record what happens to the files of a directory, which hold what they hold now for sure.
func Record(directory string) (*Recording, error) {
	r := &Recording{directory: directory, files: map[string]*recorded{}}
	entries, err := os.ReadDir(directory)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(directory, e.Name())
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		r.files[path] = &recorded{confirmed: content}
	}
	disk.Lock()
	defer disk.Unlock()
	w := disk.watches[directory]
	w.recording = r
	disk.watches[directory] = w
	return r, nil
}

// Operations is how many writes, truncations and syncs there have been.
func (r *Recording) Operations() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.operations
}

// CutAt makes the power go right before the nth operation. cut is called at that moment, by whoever asked for
// the operation; what happens afterwards is not recorded any more.
func (r *Recording) CutAt(n int, cut func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cutAt, r.cut = n, cut
}

// Restore writes the files as the power cut left them into a directory: what was confirmed, and of what was written
// since any sectors, in any order, as a disk with a cache may.
func (r *Recording) Restore(directory string, random *rand.Rand) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	paths := make([]string, 0, len(r.files))
	for path := range r.files {
		paths = append(paths, path)
	}
	slices.Sort(paths) // so that a seed always gives the same
	for _, path := range paths {
		content := r.files[path].afterCut(random)
		if err := os.WriteFile(filepath.Join(directory, filepath.Base(path)), content, 0o600); err != nil {
			return err
		}
	}
	err := os.Remove(filepath.Join(directory, "grimoire.db-shm")) // SQLite makes it anew after a restart
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return err
}

// afterCut is the confirmed content with some of the sectors written since. A disk that has got far with them is
// as likely as one that has not begun.
func (f *recorded) afterCut(random *rand.Rand) []byte {
	content := slices.Clone(f.confirmed)
	chance := random.Float64()
	for _, c := range f.since {
		if c.data == nil {
			if random.Float64() < chance && c.offset < int64(len(content)) {
				content = content[:c.offset]
			}
			continue
		}
		for from := 0; from < len(c.data); {
			to := min(len(c.data), from+sector-int((c.offset+int64(from))%sector))
			if random.Float64() < chance {
				content = put(content, c.data[from:to], c.offset+int64(from))
			}
			from = to
		}
	}
	return content
}

func put(content, data []byte, offset int64) []byte {
	if missing := offset + int64(len(data)) - int64(len(content)); missing > 0 {
		content = append(content, make([]byte, missing)...)
	}
	copy(content[offset:], data)
	return content
}

// step counts an operation and returns its file, or nil when the power is gone. The caller holds mu.
func (r *Recording) step(path string) *recorded {
	if r.done {
		return nil
	}
	if r.operations++; r.operations == r.cutAt {
		r.done = true
		r.cut()
		return nil
	}
	f, ok := r.files[path]
	if !ok {
		f = &recorded{}
		r.files[path] = f
	}
	return f
}

func (r *Recording) write(path string, data []byte, offset int64) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.step(path); f != nil {
		f.since = append(f.since, change{offset, slices.Clone(data)})
	}
}

func (r *Recording) truncate(path string, size int64) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.step(path); f != nil {
		f.since = append(f.since, change{offset: size})
	}
}

func (r *Recording) sync(path string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.step(path)
	if f == nil {
		return
	}
	for _, c := range f.since {
		if c.data == nil {
			f.confirmed = f.confirmed[:min(c.offset, int64(len(f.confirmed)))]
			continue
		}
		f.confirmed = put(f.confirmed, c.data, c.offset)
	}
	f.since = nil
}
