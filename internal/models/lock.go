package models

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// LockDir holds a directory against every other process that asks for it, or returns ErrLocked. The system
// lets go of it when the process ends, however it ends. Open calls it for a SQLite store.
func LockDir(directory string) (unlock func() error, err error) {
	f, err := os.OpenFile(filepath.Join(directory, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	held, err := lock(f)
	if held {
		err = ErrLocked
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", directory, err), f.Close())
	}
	return f.Close, nil
}
