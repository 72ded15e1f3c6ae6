package load

import (
	"time"

	"grimoire/loadgen/internal/histogram"
)

// Latency sums up a histogram, in milliseconds.
type Latency struct {
	P50  float64 `json:"p50"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

// Result is what one run measured. Counts are exact; a field that a mode does
// not measure is left out.
type Result struct {
	Server string `json:"server"`
	Spec   Spec   `json:"spec"`
	Error  string `json:"error,omitempty"`

	Connect Latency `json:"connect_ms"`
	Sync    Latency `json:"sync_ms"`
	Edit    Latency `json:"edit_ms"`
	Cursor  Latency `json:"cursor_ms"`
	Saved   Latency `json:"saved_ms,omitzero"` // until the server called the edit durable, where its protocol does

	Sent       uint64  `json:"edits_sent,omitempty"`
	Expected   uint64  `json:"deliveries_expected,omitempty"`
	Delivered  uint64  `json:"deliveries,omitempty"`
	Duplicates uint64  `json:"duplicates,omitempty"`
	Gaps       uint64  `json:"gaps,omitempty"`
	Echoes     uint64  `json:"echoes,omitempty"`
	Unsaved    uint64  `json:"edits_unsaved,omitempty"` // not called durable, where the protocol does
	Missing    uint64  `json:"edits_missing_on_server"` // not in the state vector a fresh join is shown
	Cursors    uint64  `json:"cursor_messages,omitempty"`
	PerSecond  float64 `json:"deliveries_per_second,omitempty"` // edits and cursors

	Limit string `json:"limit,omitempty"` // capacity: what ended it at the next rate

	ServerCPU   float64 `json:"server_cpu_seconds"`
	Cores       float64 `json:"server_cores,omitempty"` // busy on average: what the same class costs on each server
	MicrosPer   float64 `json:"server_cpu_us_per_delivery,omitempty"`
	PerCPU      float64 `json:"deliveries_per_cpu_second,omitempty"`
	LoadCPU     float64 `json:"generator_cpu_seconds"`
	RSSBefore   int64   `json:"rss_before"`
	RSSAfter    int64   `json:"rss_after"`
	RSSWhole    int64   `json:"rss_whole,omitempty"` // idle: with the spec's connections, before as many again
	RSSPer      float64 `json:"rss_per_connection,omitempty"`
	RSSGrowth   int64   `json:"rss_growth,omitempty"` // stalled: the most that it rose above rss_before
	Refused     string  `json:"refused,omitempty"`    // stalled: how the server got rid of the client
	BytesToward int64   `json:"bytes_to_server"`
	BytesFrom   int64   `json:"bytes_from_server"`

	StormSeconds float64 `json:"storm_seconds,omitempty"` // until the last student had the whole document
	DocumentSize int     `json:"document_bytes,omitempty"`

	Durability *Durability `json:"durability,omitempty"`
}

// Durability is what a restart left of the edits others had already seen.
type Durability struct {
	Seen         uint64  `json:"edits_seen_by_others"`
	Lost         uint64  `json:"edits_lost"`
	LostSeconds  float64 `json:"oldest_lost_age_seconds"` // age, when the server ended, of the oldest lost edit
	Accepted     uint64  `json:"edits_acknowledged"`      // by the server, where its protocol does
	AcceptedLost uint64  `json:"acknowledged_edits_lost"`
	Joins        int     `json:"joins_until_stable"` // fresh joins until the answer stopped growing
}

func summarize(h *histogram.Histogram) Latency {
	ms := func(q float64) float64 { return float64(h.Quantile(q)) / float64(time.Millisecond) }
	return Latency{P50: ms(.5), P95: ms(.95), P99: ms(.99), P999: ms(.999), Max: ms(1)}
}

// collect fills in what the students of a closed school noted.
func (r *Result) collect(s *school) {
	var connect, sync, edit, cursor, saved histogram.Histogram
	for _, c := range s.classes {
		for _, st := range c.students {
			connect.Add(st.connected)
			sync.Add(st.synced)
			edit.Merge(&st.editLatency)
			cursor.Merge(&st.cursorLatency)
			saved.Merge(&st.savedLatency)
			r.Duplicates += st.duplicates
			r.Gaps += st.gaps
			r.Echoes += st.echoes
			r.Cursors += st.cursorsGot.Load()
		}
	}
	r.Connect, r.Sync = summarize(&connect), summarize(&sync)
	r.Edit, r.Cursor, r.Saved = summarize(&edit), summarize(&cursor), summarize(&saved)
	r.Sent, r.Expected, r.Delivered, r.Unsaved = s.sent(), s.expected(), s.delivered(), s.unsaved()
	r.countBytes(s.network)
}

func (r *Result) countBytes(n *network) {
	r.BytesFrom, r.BytesToward = n.in.Load(), n.out.Load()
}
