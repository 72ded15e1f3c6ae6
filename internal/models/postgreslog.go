package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"
)

// postgresAppends makes transactions that append to the log, with statements that are parsed once.
type postgresAppends struct {
	pool *sql.DB

	mu     sync.Mutex
	byText map[string]*sql.Stmt
}

// run has fn append, all or nothing.
func (p *postgresAppends) run(ctx context.Context, fn func(appendTx) error) error {
	tx, err := p.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(&postgresAppend{ctx, p, tx}); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// prepared returns the statement with a text. There must be few texts, as all are kept.
func (p *postgresAppends) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	p.mu.Lock()
	stmt, ok := p.byText[text]
	p.mu.Unlock()
	if ok {
		return stmt, nil
	}
	stmt, err := p.pool.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if first, ok := p.byText[text]; ok { // two were at it
		return first, stmt.Close()
	}
	p.byText[text] = stmt
	return stmt, nil
}

// close lets go of all statements.
func (p *postgresAppends) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, stmt := range p.byText {
		errs = append(errs, stmt.Close())
	}
	clear(p.byText)
	return errors.Join(errs...)
}

// postgresAppend is an appendTx. The server is elsewhere, so many rows travel in one statement.
type postgresAppend struct {
	ctx context.Context
	all *postgresAppends
	tx  *sql.Tx
}

const advanceHead = `
UPDATE conversation_heads SET head_seq = head_seq + $1
WHERE conversation_id = $2 AND generation = $3
RETURNING head_seq`

func (a *postgresAppend) advance(conversation uuid.UUID, generation int64, n int) (head int64, err error) {
	err = a.query(&head, advanceHead, n, conversation, generation)
	if errors.Is(err, sql.ErrNoRows) {
		return Fenced, nil
	}
	return head, err
}

func (a *postgresAppend) insert(rows []conversationUpdate) error {
	for chunk := range slices.Chunk(rows, rowsPerInsert) {
		stmt, err := a.all.prepared(a.ctx, insertUpdates(len(chunk)))
		if err != nil {
			return err
		}
		args := make([]any, 0, updateColumns*len(chunk))
		for _, r := range chunk {
			args = append(args, r.ConversationID, r.Generation, r.Seq, r.UserID, r.Bytes, r.CRC, r.At)
		}
		if _, err := a.tx.StmtContext(a.ctx, stmt).ExecContext(a.ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

const ownerOfClient = `
SELECT user_id FROM crdt_clients WHERE conversation_id = $1 AND client_id = $2`

// bindClient inserts the row or, if another process was first, reads that one. For this its update changes nothing:
// a statement returns only rows that it has touched.
const bindClient = `
INSERT INTO crdt_clients (conversation_id, client_id, user_id) VALUES ($1, $2, $3)
ON CONFLICT (conversation_id, client_id) DO UPDATE SET client_id = EXCLUDED.client_id
RETURNING user_id`

func (a *postgresAppend) bind(conversation uuid.UUID, client int64, user uuid.UUID) (owner uuid.UUID, err error) {
	err = a.query(&owner, ownerOfClient, conversation, client)
	if errors.Is(err, sql.ErrNoRows) {
		err = a.query(&owner, bindClient, conversation, client, user)
	}
	return owner, err
}

// query reads the one value of the one row that a statement returns. sql.ErrNoRows: there is none.
func (a *postgresAppend) query(value any, text string, arguments ...any) error {
	stmt, err := a.all.prepared(a.ctx, text)
	if err != nil {
		return err
	}
	return a.tx.StmtContext(a.ctx, stmt).QueryRowContext(a.ctx, arguments...).Scan(value)
}

// updateColumns is how many arguments each row of insertUpdates has.
const updateColumns = 7

// insertUpdates returns the text that inserts n rows of the log.
func insertUpdates(n int) string {
	var text strings.Builder
	text.WriteString(`
INSERT INTO conversation_updates (conversation_id, generation, seq, user_id, bytes, crc, at) VALUES `)
	for i := range n {
		if i > 0 {
			text.WriteString(", ")
		}
		a := updateColumns * i
		fmt.Fprintf(&text, "($%d, $%d, $%d, $%d, $%d, $%d, $%d)", a+1, a+2, a+3, a+4, a+5, a+6, a+7)
	}
	return text.String()
}
