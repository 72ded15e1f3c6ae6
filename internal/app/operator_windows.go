package app

import (
	"io/fs"

	"golang.org/x/sys/windows"
)

const errConnRefused = windows.WSAECONNREFUSED

// isAnothers cannot tell here: file modes mean nothing, so the operator keeps the data directory where nobody
// else may write, as below their home.
func isAnothers(fs.FileInfo) bool { return false }
