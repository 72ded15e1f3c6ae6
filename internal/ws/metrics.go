package ws

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts what an operator wants to see of the hub.
type metrics struct {
	conns, rooms              prometheus.Gauge
	unsaved, owed             prometheus.Gauge
	updates, repeats          prometheus.Counter
	refused, foreign          prometheus.Counter
	takenBack, sealsRefused   prometheus.Counter
	bytesIn, bytesOut         prometheus.Counter
	shedUpdates, shedPresence prometheus.Counter
	heldBack                  prometheus.Counter
	commits, saved, edits     prometheus.Histogram
	warmJoins, coldJoins      prometheus.Observer
	delivered                 prometheus.Counter
	turnedAway                *prometheus.CounterVec
	rows                      prometheus.Counter
	commitErrors, panics      prometheus.Counter
	compactions, compactFail  prometheus.Counter
	fallbacks, quarantined    prometheus.Counter
	closes                    *prometheus.CounterVec
	rejected                  prometheus.Counter
}

// newMetrics registers the collectors with r, unless it is nil.
func newMetrics(r prometheus.Registerer) *metrics {
	const namespace, subsystem = "grimoire", "rooms"
	var all []prometheus.Collector
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Subsystem: subsystem, Name: name, Help: help})
		all = append(all, c)
		return c
	}
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Subsystem: subsystem, Name: name, Help: help})
		all = append(all, g)
		return g
	}
	m := &metrics{
		conns:        gauge("conns", "Open websockets."),
		rooms:        gauge("loaded", "Conversations in memory."),
		unsaved:      gauge("unsaved_bytes", "Bytes of messages received and not on disk yet."),
		owed:         gauge("owed_bytes", "Bytes of frames that clients have not taken yet."),
		updates:      counter("updates_total", "Updates that changed a Doc."),
		repeats:      counter("repeats_total", "Updates whose content was known already."),
		refused:      counter("refused_total", "Updates refused because their sender may not make them."),
		foreign:      counter("foreign_total", "Presence and updates of a client id that belongs to somebody else."),
		takenBack:    counter("taken_back_total", "Sealed updates that a crash had lost and a client brought back."),
		sealsRefused: counter("seals_refused_total", "Updates brought back with a seal that is not ours."),
		bytesIn:      counter("received_bytes_total", "Bytes of messages received."),
		bytesOut:     counter("sent_bytes_total", "Bytes of frames sent."),
		shedUpdates:  counter("shed_updates_total", "Backlogs of updates forgotten because a client was slow: it got the difference instead."),
		heldBack:     counter("held_back_total", "Messages that waited for earlier ones to be saved before they were taken."),
		shedPresence: counter("shed_presence_total", "Presence not sent because a client was slow."),
		rows:         counter("rows_total", "Rows committed to the update log."),
		commitErrors: counter("commit_errors_total", "Commits that failed and were tried again."),
		panics:       counter("panics_total", "Docs discarded and loaded again."),
		compactions:  counter("compactions_total", "Snapshots written."),
		compactFail:  counter("compaction_errors_total", "Snapshots given up."),
		rejected:     counter("rejected_rows_total", "Rows that the log will never take; their rooms were closed."),
		fallbacks:    counter("fallbacks_total", "Loads from the previous snapshot because the newest was damaged."),
		quarantined:  counter("quarantined_total", "Loads that left damaged rows out: the conversation is read-only."),
		commits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "commit_seconds", Help: "Time of a commit of the update log.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}),
		saved: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "saved_seconds", Help: "From an update's arrival to Saved, which says that it is on disk.",
			Buckets: []float64{0.0025, 0.005, 0.01, 0.015, 0.02, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10},
		}),
		turnedAway: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "turned_away_total", Help: "Requests for a websocket that got an HTTP error, by its status.",
		}, []string{"status"}),
		edits: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "edit_seconds", Help: "From the arrival of an update to when it was handed to the sockets of everybody else in its room.",
			Buckets: []float64{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5},
		}),
		delivered: counter("delivered_total", "Updates handed on, once for each client that got them."),
		closes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "closes_total", Help: "Websockets closed, by reason.",
		}, []string{"reason"}),
	}
	joins := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Subsystem: subsystem, Name: "join_seconds",
		Help:    "What the server takes to answer who comes in: to load the conversation if it must (cold), and from the client's question to when the answer was handed to its socket.",
		Buckets: []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30},
	}, []string{"start"})
	m.warmJoins, m.coldJoins = joins.WithLabelValues("warm"), joins.WithLabelValues("cold")
	for _, bye := range farewells {
		m.closes.WithLabelValues(bye.label) // so that a reason that never was shows as 0
	}
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusServiceUnavailable} {
		m.turnedAway.WithLabelValues(strconv.Itoa(status)) // the same
	}
	if r != nil {
		r.MustRegister(append(all, m.commits, m.saved, m.edits, joins, m.turnedAway, m.closes)...)
	}
	return m
}

// joined notes that somebody had an answer, after it was held up while the conversation was loaded.
func (m *metrics) joined(took, held time.Duration) {
	if held > 0 {
		m.coldJoins.Observe((held + took).Seconds())
	} else {
		m.warmJoins.Observe(took.Seconds())
	}
}

func (m *metrics) commit(took time.Duration, rows int) {
	m.commits.Observe(took.Seconds())
	m.rows.Add(float64(rows))
}

// watch registers a gauge that is read when somebody asks, unless r is nil.
func watch(r prometheus.Registerer, name, help string, read func() int64) {
	if r != nil {
		o := prometheus.GaugeOpts{Namespace: "grimoire", Subsystem: "rooms", Name: name, Help: help}
		r.MustRegister(prometheus.NewGaugeFunc(o, func() float64 { return float64(read()) }))
	}
}
