package models

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/google/uuid"
)

// Stored is a conversation as the log holds it.
type Stored struct {
	Epoch      string // of the store; it changes when a backup is restored
	Generation int64
	From       int64 // what a Compaction of this must name as its From
	Snapshot   int64 // seq of the last row that State covers
	Head       int64 // seq of the last row
	State      []byte
	Fallback   bool     // State is the previous one, because the newest is damaged
	Updates    [][]byte // the rows after Snapshot that can be read, in order
	Damaged    []Damage // the others, in order
}

// Damage is a row of the log that cannot be used.
type Damage struct {
	Seq   int64
	Why   string
	User  uuid.UUID // zero for a row that is missing, as is At
	At    time.Time
	Bytes []byte // as they were received; nil if they are not known for sure
}

const (
	loadState = `
SELECT h.generation, c.snapshot_seq, c.snapshot_seq, h.head_seq, c.crdt_state, s.sha256, e.value
FROM conversations AS c
JOIN conversation_heads AS h ON h.conversation_id = c.id
JOIN state_checksums AS s ON s.conversation_id = c.id
JOIN store AS e ON e.key = 'epoch'
WHERE c.id = $1`

	loadPrevious = `
SELECT h.generation, c.snapshot_seq, p.snapshot_seq, h.head_seq, p.state, p.sha256, e.value
FROM conversations AS c
JOIN conversation_heads AS h ON h.conversation_id = c.id
JOIN previous_states AS p ON p.conversation_id = c.id AND p.generation = h.generation
JOIN store AS e ON e.key = 'epoch'
WHERE c.id = $1`

	loadUpdates = `
SELECT seq, user_id, bytes, crc, at
FROM conversation_updates
WHERE conversation_id = $1 AND generation = $2 AND seq > $3 AND seq <= $4
ORDER BY seq`

	loadQuarantined = `
SELECT seq, reason, user_id, bytes, crc, at
FROM quarantined_updates
WHERE conversation_id = $1 AND generation = $2 AND seq > $3 AND seq <= $4`
)

// Load reads what is stored of a conversation: the newest state, or the previous one if that is damaged, and the
// rows after it. It changes nothing. ErrNotFound: there is no such conversation, or it was deleted. ErrCorrupt:
// both states are damaged; nothing is returned.
func (l *UpdateLog) Load(ctx context.Context, conversation uuid.UUID) (Stored, error) {
	s, err := l.loadState(ctx, loadState, conversation)
	if errors.Is(err, ErrCorrupt) {
		previous, instead := l.LoadPrevious(ctx, conversation)
		if instead != nil {
			return Stored{}, errors.Join(err, instead)
		}
		return previous, nil
	}
	if err != nil {
		return Stored{}, err
	}
	return l.loadRows(ctx, conversation, s)
}

// LoadPrevious is Load from the previous state, for whoever finds that the newest cannot be used although its
// checksum is right.
func (l *UpdateLog) LoadPrevious(ctx context.Context, conversation uuid.UUID) (Stored, error) {
	s, err := l.loadState(ctx, loadPrevious, conversation)
	if errors.Is(err, ErrNotFound) {
		err = &CorruptError{Conversation: conversation, What: "there is no previous state of this generation"}
	}
	if err != nil {
		return Stored{}, err
	}
	s.Fallback = true
	return l.loadRows(ctx, conversation, s)
}

func (l *UpdateLog) loadState(ctx context.Context, query string, conversation uuid.UUID) (Stored, error) {
	var s Stored
	var sum []byte
	err := l.db.Read.DB.QueryRowContext(ctx, query, conversation).
		Scan(&s.Generation, &s.From, &s.Snapshot, &s.Head, &s.State, &sum, &s.Epoch)
	if err != nil {
		return Stored{}, fmt.Errorf("load %s: %w", conversation, translate(err))
	}
	if actual := sha256.Sum256(s.State); !bytes.Equal(actual[:], sum) {
		what := "sha256 differs"
		if query == loadPrevious {
			what = "sha256 of the previous state differs"
		}
		return Stored{}, &CorruptError{Conversation: conversation, Generation: s.Generation, What: what}
	}
	return s, nil
}

// loadRows adds the rows after the state that s has.
func (l *UpdateLog) loadRows(ctx context.Context, conversation uuid.UUID, s Stored) (Stored, error) {
	// Rows up to the head that was read are all there and never change, so two statements see what one would.
	next := s.Snapshot + 1
	err := l.eachRow(ctx, conversation, s.Generation, s.Snapshot, s.Head, func(row conversationUpdate) {
		for ; next < row.Seq; next++ {
			s.Damaged = append(s.Damaged, Damage{Seq: next, Why: missingRow})
		}
		next++
		if row.sound() {
			s.Updates = append(s.Updates, row.Bytes)
			return
		}
		s.Damaged = append(s.Damaged, Damage{Seq: row.Seq, Why: damagedRow, User: row.UserID, At: Instant(row.At)})
	})
	for ; err == nil && next <= s.Head; next++ {
		s.Damaged = append(s.Damaged, Damage{Seq: next, Why: missingRow})
	}
	if err == nil && len(s.Damaged) > 0 {
		err = l.recallQuarantined(ctx, conversation, &s)
	}
	if err != nil {
		return Stored{}, fmt.Errorf("load %s: %w", conversation, err)
	}
	return s, nil
}

// What is wrong with a row.
const (
	missingRow = "missing"
	damagedRow = "crc32c differs"
	strayRow   = "it is beyond the head"
)

func (u *conversationUpdate) sound() bool { return int64(crc32.Checksum(u.Bytes, castagnoli)) == u.CRC }

// eachRow calls fn with the rows after the first seq up to the last.
func (l *UpdateLog) eachRow(ctx context.Context, conversation uuid.UUID, generation, after, last int64, fn func(conversationUpdate)) error {
	rows, err := l.db.Read.DB.QueryContext(ctx, loadUpdates, conversation, generation, after, last)
	if err != nil {
		return translate(err)
	}
	defer rows.Close()
	for rows.Next() {
		var row conversationUpdate
		if err := rows.Scan(&row.Seq, &row.UserID, &row.Bytes, &row.CRC, &row.At); err != nil {
			return translate(err)
		}
		fn(row)
	}
	return translate(rows.Err())
}

// recallQuarantined completes what is known of rows that are not in the log any more.
func (l *UpdateLog) recallQuarantined(ctx context.Context, conversation uuid.UUID, s *Stored) error {
	rows, err := l.db.Read.DB.QueryContext(ctx, loadQuarantined, conversation, s.Generation, s.Snapshot, s.Head)
	if err != nil {
		return translate(err)
	}
	defer rows.Close()
	known := make(map[int64]Damage)
	for rows.Next() {
		var d Damage
		var user *uuid.UUID
		var crc *int64
		var at *time.Time
		if err := rows.Scan(&d.Seq, &d.Why, &user, &d.Bytes, &crc, &at); err != nil {
			return translate(err)
		}
		if user != nil && at != nil {
			d.User, d.At = *user, Instant(*at)
		}
		if crc == nil || int64(crc32.Checksum(d.Bytes, castagnoli)) != *crc {
			d.Bytes = nil
		}
		known[d.Seq] = d
	}
	for i, d := range s.Damaged {
		if recalled, ok := known[d.Seq]; ok && d.Why == missingRow {
			s.Damaged[i] = recalled
		}
	}
	return translate(rows.Err())
}
