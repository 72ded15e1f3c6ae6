package ws

import (
	"syscall"
	"unsafe"
)

const socketsNeverBlock = true

// So Go's scheduler is not told of the calls: that makes it look after the thread for a while, at the cost of
// the call itself.

func readSocket(fd uintptr, b []byte) (int, error) { return transfer(syscall.SYS_READ, fd, b) }

func writeSocket(fd uintptr, b []byte) (int, error) { return transfer(syscall.SYS_WRITE, fd, b) }

func transfer(trap, fd uintptr, b []byte) (int, error) {
	n, _, errno := syscall.RawSyscall(trap, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
