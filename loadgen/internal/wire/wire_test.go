package wire

import (
	"slices"
	"testing"

	"grimoire/loadgen/internal/lib0"
)

func TestSaved(t *testing.T) {
	frame := lib0.AppendUint(lib0.AppendString([]byte{100, 3}, "epoch"), 300)
	m, err := Grimoire.Parse(frame)
	if err != nil || m.Kind != Saved || m.UpTo != 300 {
		t.Errorf("got %+v, %v", m, err)
	}
	if m, err := YWebsocket.Parse(frame); err != nil || m.Kind != Other {
		t.Errorf("y-websocket: got %+v, %v", m, err)
	}
	if _, err := Grimoire.Parse(frame[:4]); err == nil {
		t.Error("no error for a message cut short")
	}
}

func TestUnknownTypesAreIgnored(t *testing.T) {
	for _, f := range []Framing{YWebsocket, Grimoire} {
		for _, kind := range []uint64{3, 4, 5, 8, 99, 101, 102, 103, 104, 105, 1 << 40} {
			m, err := f.Parse(lib0.AppendUint(nil, kind))
			if err != nil || m.Kind != Other {
				t.Errorf("%s: type %d: got %+v, %v", f, kind, m, err)
			}
		}
	}
}

func TestHocuspocusStatus(t *testing.T) {
	address := lib0.AppendString(nil, "room")
	for accepted, want := range map[byte]Kind{1: SyncStatus, 0: Other} {
		m, err := Hocuspocus.Parse(append(slices.Clone(address), typeSyncStatus, accepted))
		if err != nil || m.Kind != want {
			t.Errorf("status %d: got %+v, %v", accepted, m, err)
		}
	}
}

func TestOnlyGrimoireHasASubprotocol(t *testing.T) {
	for f, want := range map[Framing]string{YWebsocket: "", Hocuspocus: "", Grimoire: "grimoire.v1"} {
		if got := f.Subprotocol(); !f.Valid() || got != want || f.Saves() != (want != "") {
			t.Errorf("%s: got %q", f, got)
		}
	}
}
