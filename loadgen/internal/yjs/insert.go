// Package yjs knows just enough of the Yjs v1 update format to make edits that
// are always valid and to see which edits an update carries.
package yjs

import "grimoire/loadgen/internal/lib0"

// DefaultRoot is the shared text that clients type into unless told otherwise.
const DefaultRoot = "t"

// References and flags of a struct's info byte.
const (
	contentString   = 4
	flagOrigin      = 0x80
	flagRightOrigin = 0x40
	flagParentSub   = 0x20
)

// AppendInsert appends an update in which client types ASCII text right after
// its own previous character, which has clock-1; at clock 0 the run begins at
// the start of the shared text root. Each client only ever extends its own run,
// so the update is valid on any server that has the client's earlier ones.
func AppendInsert(dst []byte, root string, client, clock uint64, text string) []byte {
	const clients, structs, deletes = 1, 1, 0
	dst = append(dst, clients, structs)
	dst = lib0.AppendUint(dst, client)
	dst = lib0.AppendUint(dst, clock)
	if clock == 0 {
		const parentIsName = 1
		dst = append(dst, contentString, parentIsName)
		dst = lib0.AppendString(dst, root)
	} else {
		dst = append(dst, contentString|flagOrigin)
		dst = lib0.AppendUint(dst, client)
		dst = lib0.AppendUint(dst, clock-1)
	}
	dst = lib0.AppendString(dst, text)
	return append(dst, deletes)
}

// EmptyUpdate is the update that changes nothing.
var EmptyUpdate = []byte{0, 0}
