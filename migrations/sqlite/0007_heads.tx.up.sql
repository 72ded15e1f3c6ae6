-- Where the log of each conversation stands, in a row of its own: it is rewritten with every append, and SQLite
-- would rewrite a conversation's texts along with it.

-- One for each conversation that takes updates; a deleted one has none. Every append changes this row, so whoever
-- holds it holds the log.
CREATE TABLE conversation_heads (
    conversation_id text NOT NULL PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
    generation      integer NOT NULL,
    head_seq        integer NOT NULL CHECK (head_seq >= 0) -- of the last row
) WITHOUT ROWID;

INSERT INTO conversation_heads (conversation_id, generation, head_seq)
SELECT id, generation, head_seq FROM conversations WHERE deleted_at IS NULL;

-- SQLite drops no column that a CHECK names and no CHECK that has no name, but takes another text of the table
-- for one that asks less of the same rows.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, 'CHECK (0 <= snapshot_seq AND snapshot_seq <= head_seq)', 'CHECK (0 <= snapshot_seq)')
WHERE type = 'table' AND name = 'conversations';
PRAGMA writable_schema = RESET;

ALTER TABLE conversations DROP COLUMN head_seq;
ALTER TABLE conversations DROP COLUMN generation;
