//go:build !unix

package ws

import "errors"

// socketsNeverBlock says that a call on a socket's descriptor returns at once. Those of Windows wait: there
// wire uses net.Conn, at the cost of a buffer for each client, and every message goes through a goroutine.
const socketsNeverBlock = false

func readSocket(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }

func writeSocket(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }
