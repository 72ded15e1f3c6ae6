//go:build unix

package models

import (
	"errors"
	"os"
	"syscall"
)

// lock takes f until it is closed, or says that somebody else who opened it has. It does not wait.
func lock(f *os.File) (held bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
