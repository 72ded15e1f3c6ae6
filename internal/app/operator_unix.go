//go:build unix

package app

import (
	"io/fs"
	"os"
	"syscall"
)

const errConnRefused = syscall.ECONNREFUSED

// isAnothers reports whether a file belongs to a user whom this one has no reason to trust.
func isAnothers(info fs.FileInfo) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(owner.Uid) != os.Getuid() && os.Getuid() != 0
}
