package wire

import "grimoire/loadgen/internal/lib0"

// State is one client's awareness: who it is and where its cursor stands.
type State struct {
	Client, Clock uint64
	JSON          []byte
}

// States calls visit for each client in an awareness payload.
func States(payload []byte, visit func(State)) error {
	d := lib0.NewDecoder(payload)
	for range d.Uint() {
		s := State{Client: d.Uint(), Clock: d.Uint(), JSON: d.Bytes()}
		if d.Err() != nil {
			break
		}
		visit(s)
	}
	return d.Err()
}
