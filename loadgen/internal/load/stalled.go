package load

import (
	"context"
	"time"

	"github.com/coder/websocket"

	"grimoire/loadgen/internal/yjs"
)

// askPause is the time between two questions of a client that never listens.
const askPause = 100 * time.Millisecond

// stalled puts a large document on the server and connects one client that asks
// for it again and again but reads nothing, as from a network that lets bytes
// out only. What the server keeps for it shows in its memory.
func (r *Run) stalled(ctx context.Context) (Result, error) {
	result := Result{Spec: r.Spec}
	room, err := r.seed(ctx, &result)
	if err != nil {
		return result, err
	}
	defer room.author.close()
	if err := wait(ctx, r.Settle); err != nil {
		return result, err
	}
	m, err := r.startMeter()
	if err != nil {
		return result, err
	}
	conn, err := room.network.connect(ctx, r.Target, seat{room.name, 1})
	if err != nil {
		return result, err
	}
	defer conn.CloseNow() //nolint:errcheck // the server may have closed it
	if err := r.askOn(ctx, &result, conn, room.name, m); err != nil {
		return result, err
	}
	result.countBytes(room.network)
	return result, m.stop(&result, 0)
}

// askOn asks for the whole document until the time is over, or until the server
// has enough of it, and notes the most memory that this took.
func (r *Run) askOn(ctx context.Context, result *Result, conn *websocket.Conn, room string, m meter) error {
	question := r.Target.opening(room)
	for end := time.Now().Add(r.Spec.duration()); time.Now().Before(end); {
		if result.Refused == "" {
			if err := conn.Write(ctx, websocket.MessageBinary, question); err != nil {
				result.Refused = err.Error()
			}
		}
		question = r.Target.Framing.AppendSyncStep1(nil, room, yjs.EmptyStateVector)
		if err := wait(ctx, askPause); err != nil {
			return err
		}
		now, err := r.usage()
		if err != nil {
			return err
		}
		result.RSSGrowth = max(result.RSSGrowth, now.RSS-m.server.RSS)
	}
	return nil
}
