package models

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// prepared keeps the statements that every keystroke needs, so that SQLite does not parse them each time. It
// is for the write pool, on which a statement must be prepared before a transaction takes its one connection.
type prepared struct {
	pool *sql.DB

	mu     sync.Mutex
	byText map[string]*sql.Stmt
}

func newPrepared(pool *sql.DB) *prepared {
	return &prepared{pool: pool, byText: make(map[string]*sql.Stmt)}
}

// get returns the statement with a text. There must be few texts, as all are kept.
func (p *prepared) get(ctx context.Context, text string) (*sql.Stmt, error) {
	p.mu.Lock()
	stmt, ok := p.byText[text]
	p.mu.Unlock()
	if ok {
		return stmt, nil
	}
	stmt, err := p.pool.PrepareContext(ctx, text)
	if err != nil {
		return nil, translate(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if first, ok := p.byText[text]; ok { // two were at it
		return first, stmt.Close()
	}
	p.byText[text] = stmt
	return stmt, nil
}

// close lets go of all of them: SQLite cannot close a connection that has one.
func (p *prepared) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, stmt := range p.byText {
		errs = append(errs, stmt.Close())
	}
	clear(p.byText)
	return errors.Join(errs...)
}
