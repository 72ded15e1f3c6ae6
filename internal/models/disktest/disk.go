// Package disktest puts a disk under SQLite that does what real ones do now and then: it fails to write or to
// confirm, and it loses its power.
//
//	SQLite ── write, truncate, sync ──> this ──> the system's files
//	                                     ├─ Fault: what shall fail
//	                                     └─ Recording: what a power cut would leave
//
// Importing the package puts it under every SQLite database that the process opens afterwards. It lets everything
// through until it is told otherwise.
package disktest

import (
	"fmt"
	"path/filepath"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Op is something that SQLite asks of the disk.
type Op int

// The operations.
const (
	Write Op = iota
	Truncate
	Sync
)

// Results of a Fault that SQLite understands.
const (
	Full      = sqlite3.SQLITE_FULL        // no space is left
	BadWrite  = sqlite3.SQLITE_IOERR_WRITE // it could not be written
	BadSync   = sqlite3.SQLITE_IOERR_FSYNC // it was written, and nobody knows whether it is on the disk
	noFailure = sqlite3.SQLITE_OK
)

// A Fault decides about an operation on a file: 0 lets it through, any other result is SQLite's error. It is called
// by whatever goroutine uses the database.
type Fault func(op Op, path string) (result int32)

// watch is what happens to the files of one directory.
type watch struct {
	fault     Fault
	recording *Recording
}

var disk struct {
	sync.Mutex
	open      map[uintptr]string // path of each open file
	originals map[uintptr]uintptr
	wrapped   map[uintptr]uintptr // our methods for those of the system
	watches   map[string]watch    // by directory
	open0     uintptr             // the system's xOpen
}

// SetFault makes fault decide about all files of a directory; nil lets everything through.
func SetFault(directory string, fault Fault) {
	disk.Lock()
	defer disk.Unlock()
	w := disk.watches[directory]
	w.fault = fault
	disk.watches[directory] = w
}

func init() {
	tls := libc.NewTLS()
	defer tls.Close()
	disk.open, disk.originals, disk.wrapped = map[uintptr]string{}, map[uintptr]uintptr{}, map[uintptr]uintptr{}
	disk.watches = map[string]watch{}

	system := sqlite3.Xsqlite3_vfs_find(tls, 0)
	if system == 0 {
		panic("disktest: SQLite has no file system")
	}
	ours := copied[sqlite3.Tsqlite3_vfs](tls, system)
	vfs := at[sqlite3.Tsqlite3_vfs](ours)
	name, err := libc.CString("disktest")
	if err != nil {
		panic(err)
	}
	disk.open0 = vfs.FxOpen
	vfs.FzName, vfs.FpNext, vfs.FxOpen = name, 0, pointer(xOpen)
	if result := sqlite3.Xsqlite3_vfs_register(tls, ours, 1); result != noFailure {
		panic(fmt.Sprintf("disktest: SQLite refuses it: %d", result))
	}
}

// at is what SQLite keeps at an address, which is none of Go's.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// copied returns the address of a copy that lives for ever.
func copied[T any](tls *libc.TLS, address uintptr) uintptr {
	var zero T
	to := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(zero)))
	if to == 0 {
		panic("disktest: out of memory")
	}
	*at[T](to) = *at[T](address)
	return to
}

// pointer is a function as SQLite keeps it. It must be one of the package's own, which do not move.
func pointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// function is the opposite of pointer.
func function[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&p)) }

// file is the part of an open file that SQLite and a file system share.
type file struct{ methods uintptr }

func xOpen(tls *libc.TLS, vfs, name, f uintptr, flags int32, outFlags uintptr) int32 {
	original := function[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](disk.open0)
	result := original(tls, vfs, name, f, flags, outFlags)
	opened := at[file](f)
	if result != noFailure || opened.methods == 0 || name == 0 {
		return result
	}
	disk.Lock()
	defer disk.Unlock()
	ours, ok := disk.wrapped[opened.methods]
	if !ok {
		ours = copied[sqlite3.Tsqlite3_io_methods](tls, opened.methods)
		m := at[sqlite3.Tsqlite3_io_methods](ours)
		m.FiVersion = min(m.FiVersion, 2) // without the memory-mapped reads and writes of 3
		m.FxClose, m.FxWrite, m.FxTruncate, m.FxSync = pointer(xClose), pointer(xWrite), pointer(xTruncate), pointer(xSync)
		disk.wrapped[opened.methods], disk.originals[ours] = ours, opened.methods
	}
	opened.methods = ours
	disk.open[f] = libc.GoString(name)
	return result
}

// below returns the system's methods of an open file, and its path.
func below(f uintptr) (*sqlite3.Tsqlite3_io_methods, string) {
	disk.Lock()
	defer disk.Unlock()
	return at[sqlite3.Tsqlite3_io_methods](disk.originals[at[file](f).methods]), disk.open[f]
}

// about asks whether an operation shall fail, and who records it if it does not.
func about(op Op, path string) (*Recording, int32) {
	disk.Lock()
	w := disk.watches[filepath.Dir(path)]
	disk.Unlock()
	if w.fault != nil {
		if result := w.fault(op, path); result != noFailure {
			return nil, result
		}
	}
	return w.recording, noFailure
}

func xClose(tls *libc.TLS, f uintptr) int32 {
	m, _ := below(f)
	disk.Lock()
	delete(disk.open, f)
	at[file](f).methods = disk.originals[at[file](f).methods]
	disk.Unlock()
	return function[func(*libc.TLS, uintptr) int32](m.FxClose)(tls, f)
}

func xWrite(tls *libc.TLS, f, data uintptr, n int32, offset int64) int32 {
	m, path := below(f)
	recording, result := about(Write, path)
	if result != noFailure {
		return result
	}
	recording.write(path, unsafe.Slice(at[byte](data), n), offset)
	return function[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](m.FxWrite)(tls, f, data, n, offset)
}

func xTruncate(tls *libc.TLS, f uintptr, size int64) int32 {
	m, path := below(f)
	recording, result := about(Truncate, path)
	if result != noFailure {
		return result
	}
	recording.truncate(path, size)
	return function[func(*libc.TLS, uintptr, int64) int32](m.FxTruncate)(tls, f, size)
}

func xSync(tls *libc.TLS, f uintptr, flags int32) int32 {
	m, path := below(f)
	recording, result := about(Sync, path)
	if result != noFailure {
		return result
	}
	result = function[func(*libc.TLS, uintptr, int32) int32](m.FxSync)(tls, f, flags)
	if result == noFailure {
		recording.sync(path)
	}
	return result
}
