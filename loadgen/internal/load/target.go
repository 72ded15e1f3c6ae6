package load

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"

	"grimoire/loadgen/internal/wire"
	"grimoire/loadgen/internal/yjs"
)

// Target says where and how to connect.
type Target struct {
	URL      string       `json:"url"` // {room} stands for the room's name
	Framing  wire.Framing `json:"framing"`
	Token    string       `json:"token,omitempty"`    // for Hocuspocus
	Root     string       `json:"root,omitempty"`     // the shared text that students type into
	Document string       `json:"document,omitempty"` // join-storm, stalled: in place of the spec's
	Relay    bool         `json:"relay,omitempty"`    // the server keeps no documents: skip every check of them
	Access
}

// seat is a student's place in a room; its number picks the student's account.
type seat struct {
	room   string
	number int
}

// Check completes the target with defaults and reports what cannot work in a
// run that needs so many rooms.
func (t *Target) Check(rooms int) error {
	t.Root = cmp.Or(t.Root, yjs.DefaultRoot)
	switch {
	case t.URL == "":
		return errors.New("load: the target has no url")
	case !t.Framing.Valid():
		return fmt.Errorf("load: framing %q is not y-websocket, hocuspocus or grimoire", t.Framing)
	case t.Rooms != nil && len(t.Rooms) < rooms:
		return fmt.Errorf("load: the run needs %d rooms, but the target names only %d", rooms, len(t.Rooms))
	}
	return nil
}

// address returns where to connect for the room.
func (t *Target) address(room string) string {
	return strings.ReplaceAll(t.URL, "{room}", url.PathEscape(room))
}

// opening returns the first message of a client in the room.
func (t *Target) opening(room string) []byte {
	if t.Framing.NeedsAuth() {
		return t.Framing.AppendAuth(nil, room, t.Token)
	}
	return t.Framing.AppendSyncStep1(nil, room, yjs.EmptyStateVector)
}

// rooms returns count rooms from the first on; the names that it makes up are
// new with each call.
func (t *Target) rooms(first, count int) []string {
	if t.Rooms != nil {
		return t.Rooms[first : first+count]
	}
	names, school := make([]string, count), rand.Uint32()
	for i := range names {
		names[i] = fmt.Sprintf("room-%08x-%d", school, first+i)
	}
	return names
}
