package crdttest

import (
	"time"

	"grimoire/internal/crdt"
)

// undoOptions say what UndoManager a client of a case has.
type undoOptions struct {
	CaptureTimeout float64  `json:"captureTimeout"` // in ms; 0 or without end
	Scope          []string `json:"scope"`          // names of roots; none: the whole Doc
	Origins        []any    `json:"origins"`
	Filter         string   `json:"filter"`
	IgnoreRemote   bool     `json:"ignoreRemote"`
}

// filters are those that cases name, see oracle/lib.mjs.
var filters = map[string]func(crdt.Item) bool{
	"types":  func(it crdt.Item) bool { return it.Kind != crdt.KindType },
	"clocks": func(it crdt.Item) bool { return it.Clock%3 != 0 },
}

// track gives the client an UndoManager and notes what that tells.
func (h *historian) track(o *undoOptions, roots map[string]string) {
	now := time.Unix(1, 0)
	var scope []crdt.Type
	for _, name := range o.Scope {
		scope = append(scope, root(h.doc, name, roots[name]))
	}
	h.undo = crdt.NewUndoManager(h.doc, crdt.UndoOptions{
		Origins:                o.Origins,
		CaptureTimeout:         time.Duration(min(o.CaptureTimeout, 1)) * time.Hour,
		Now:                    func() time.Time { return now },
		CaptureTransaction:     func(t *crdt.Transaction) bool { return t.Origin() != "quiet" },
		DeleteFilter:           filters[o.Filter],
		IgnoreRemoteMapChanges: o.IgnoreRemote,
	}, scope...)
	count := 0
	h.undo.OnStackItemAdded(func(e crdt.StackEvent) {
		count++
		e.Item.Meta = map[string]any{"n": count}
	})
	h.undo.OnStackItemAdded(func(e crdt.StackEvent) { h.tell("added", e) })
	h.undo.OnStackItemUpdated(func(e crdt.StackEvent) { h.tell("updated", e) })
	h.undo.OnStackItemPopped(func(e crdt.StackEvent) { h.tell("popped", e) })
	h.undo.OnStackCleared(func(e crdt.StackCleared) {
		h.told = append(h.told, map[string]any{"what": "cleared", "undo": e.Undo, "redo": e.Redo, "canUndo": h.undo.CanUndo(), "canRedo": h.undo.CanRedo()})
	})
}

func (h *historian) tell(what string, e crdt.StackEvent) {
	origin := e.Origin
	if origin == any(h.undo) {
		origin = "undo manager"
	}
	h.told = append(h.told, map[string]any{
		"what": what, "type": e.Stack, "origin": origin, "meta": e.Item.Meta["n"], "parents": typeNames(e.ChangedParents),
		"canUndo": h.undo.CanUndo(), "canRedo": h.undo.CanRedo(),
	})
}

// steer lets the UndoManager do what a step says.
func (h *historian) steer(what string) {
	switch what {
	case "undo":
		h.undo.Undo()
	case "redo":
		h.undo.Redo()
	case "stopCapturing":
		h.undo.StopCapturing()
	case "clear":
		h.undo.Clear()
	case "clearUndo":
		h.undo.ClearUndo()
	case "clearRedo":
		h.undo.ClearRedo()
	default:
		panic("unknown step " + what)
	}
}
