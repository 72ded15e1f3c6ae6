package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/google/uuid"
)

// Every keystroke is appended to the log, and database/sql spends more on that than SQLite does: a context and
// a goroutine for each transaction and for each query in it. So the log talks to the driver's connection itself,
// on statements that stay prepared as long as that connection.

// logStatement is one of the few that write what people do, by its place in logStatements.
type logStatement int

const (
	begin logStatement = iota
	commit
	rollback
	readHead
	moveHead
	insertUpdate
	readOwner
	writeOwner
)

// logStatements are the texts. A RETURNING would make SQLite open a table in memory for the one number, and an
// INSERT of several rows keep all pages that it changes until its end.
var logStatements = [...]string{
	begin:    `BEGIN IMMEDIATE`,
	commit:   `COMMIT`,
	rollback: `ROLLBACK`,
	readHead: `SELECT head_seq FROM conversation_heads WHERE conversation_id = ? AND generation = ?`,
	moveHead: `UPDATE conversation_heads SET head_seq = ? WHERE conversation_id = ? AND generation = ? AND head_seq = ?`,
	insertUpdate: `INSERT INTO conversation_updates (conversation_id, generation, seq, user_id, bytes, crc, at)
VALUES (?, ?, ?, ?, ?, ?, ?)`,
	readOwner:  `SELECT user_id FROM crdt_clients WHERE conversation_id = ? AND client_id = ?`,
	writeOwner: `INSERT INTO crdt_clients (conversation_id, client_id, user_id) VALUES (?, ?, ?)`,
}

// logConnector opens connections that append to the log.
type logConnector struct{ driver.Connector }

func (c logConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &logConn{sqliteConn: conn.(sqliteConn), heads: make(map[logKey]int64)}, nil
}

// sqliteConn is what the driver's connections are to database/sql.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// logConn is a connection with the statements that append to the log. It is an appendTx.
type logConn struct {
	sqliteConn
	statements [len(logStatements)]driver.Stmt // nil until they are needed
	arguments  []driver.NamedValue             // kept, like the row, for the next statement
	row        [1]driver.Value
	heads      map[logKey]int64 // where logs probably stand; up to headsKept
}

// logKey is one generation of one conversation's log.
type logKey struct {
	conversation uuid.UUID
	generation   int64
}

// headsKept bounds how many heads a connection knows, of 32 bytes each.
const headsKept = 4096

// Close implements driver.Conn. SQLite closes no connection that has a statement.
func (c *logConn) Close() error {
	var errs []error
	for i, s := range c.statements {
		if s != nil {
			errs = append(errs, s.Close())
			c.statements[i] = nil
		}
	}
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// appendToSQLite has fn append on the one connection of pool, all or nothing.
func appendToSQLite(ctx context.Context, pool *sql.DB, fn func(appendTx) error) error {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	err = conn.Raw(func(c any) error { return c.(*logConn).transact(fn) })
	return errors.Join(err, conn.Close())
}

func (c *logConn) transact(fn func(appendTx) error) error {
	if err := c.exec(begin); err != nil {
		return err
	}
	err := fn(c)
	if err == nil {
		err = c.exec(commit)
	}
	if err == nil {
		return nil
	}
	if undone := c.exec(rollback); undone != nil { // also when a failed commit has done so: better a new connection
		err = errors.Join(err, undone, driver.ErrBadConn)
	}
	return err
}

// advance moves the head from where this connection last left it. Only if it is not there is it read: at first, after
// a transaction that was rolled back, and when somebody else has moved it.
func (c *logConn) advance(conversation uuid.UUID, generation int64, n int) (head int64, err error) {
	log, id := logKey{conversation, generation}, conversation.String()
	old, known := c.heads[log]
	for {
		if known {
			head = old + int64(n)
			moved, err := c.change(moveHead, head, id, generation, old)
			if err != nil {
				return 0, err
			}
			if moved == 1 {
				c.remember(log, head)
				return head, nil
			}
		}
		if err := c.query(c.row[:], readHead, id, generation); err == io.EOF {
			delete(c.heads, log)
			return Fenced, nil
		} else if err != nil {
			return 0, err
		}
		old, known = c.row[0].(int64), true
	}
}

func (c *logConn) remember(log logKey, head int64) {
	if len(c.heads) >= headsKept {
		clear(c.heads)
	}
	c.heads[log] = head
}

func (c *logConn) insert(rows []conversationUpdate) error {
	for _, r := range rows {
		err := c.exec(insertUpdate, r.ConversationID.String(), r.Generation, r.Seq, r.UserID.String(), r.Bytes, r.CRC, r.At)
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *logConn) bind(conversation uuid.UUID, client int64, user uuid.UUID) (owner uuid.UUID, err error) {
	switch err := c.query(c.row[:], readOwner, conversation.String(), client); err {
	case nil:
		return uuid.Parse(c.row[0].(string))
	case io.EOF:
		return user, c.exec(writeOwner, conversation.String(), client, user.String())
	default:
		return uuid.Nil, err
	}
}

// exec runs a statement that returns nothing.
func (c *logConn) exec(s logStatement, arguments ...driver.Value) error {
	_, err := c.change(s, arguments...)
	return err
}

// change runs a statement that returns nothing, and returns how many rows it has changed.
func (c *logConn) change(s logStatement, arguments ...driver.Value) (rows int64, err error) {
	stmt, err := c.prepared(s)
	if err != nil {
		return 0, err
	}
	result, err := stmt.(driver.StmtExecContext).ExecContext(context.Background(), c.named(arguments))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query reads the one row that a statement returns. io.EOF: there is none.
func (c *logConn) query(row []driver.Value, s logStatement, arguments ...driver.Value) error {
	stmt, err := c.prepared(s)
	if err != nil {
		return err
	}
	rows, err := stmt.(driver.StmtQueryContext).QueryContext(context.Background(), c.named(arguments))
	if err != nil {
		return err
	}
	if err := rows.Next(row); err != nil {
		if closed := rows.Close(); closed != nil {
			return closed
		}
		return err
	}
	return rows.Close()
}

func (c *logConn) prepared(s logStatement) (stmt driver.Stmt, err error) {
	if c.statements[s] == nil {
		c.statements[s], err = c.PrepareContext(context.Background(), logStatements[s])
	}
	return c.statements[s], err
}

func (c *logConn) named(values []driver.Value) []driver.NamedValue {
	c.arguments = c.arguments[:0]
	for i, v := range values {
		c.arguments = append(c.arguments, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return c.arguments
}
