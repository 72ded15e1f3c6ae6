// Package crdt is Yjs in Go: shared documents that everybody edits at once and
// that end the same for everybody, byte-compatible with yjs 13.6.
package crdt
