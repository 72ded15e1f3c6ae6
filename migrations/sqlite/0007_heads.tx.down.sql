-- A deleted conversation has no head: its log ended where its rows do.

ALTER TABLE conversations ADD COLUMN generation integer NOT NULL DEFAULT 1;
ALTER TABLE conversations ADD COLUMN head_seq integer NOT NULL DEFAULT 0;

UPDATE conversations AS c SET generation = COALESCE(
    (SELECT h.generation FROM conversation_heads AS h WHERE h.conversation_id = c.id),
    (SELECT p.generation FROM previous_states AS p WHERE p.conversation_id = c.id),
    1);
UPDATE conversations AS c SET head_seq = COALESCE(
    (SELECT h.head_seq FROM conversation_heads AS h WHERE h.conversation_id = c.id),
    (SELECT MAX(u.seq) FROM conversation_updates AS u
     WHERE u.conversation_id = c.id AND u.generation = c.generation AND u.seq > c.snapshot_seq),
    c.snapshot_seq);

PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, 'CHECK (0 <= snapshot_seq)', 'CHECK (0 <= snapshot_seq AND snapshot_seq <= head_seq)')
WHERE type = 'table' AND name = 'conversations';
PRAGMA writable_schema = RESET;

DROP TABLE conversation_heads;
