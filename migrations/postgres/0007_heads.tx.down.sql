-- A deleted conversation has no head: its log ended where its rows do.

ALTER TABLE conversations ADD COLUMN generation bigint, ADD COLUMN head_seq bigint;

UPDATE conversations AS c SET generation = COALESCE(
    (SELECT h.generation FROM conversation_heads AS h WHERE h.conversation_id = c.id),
    (SELECT p.generation FROM previous_states AS p WHERE p.conversation_id = c.id),
    1);
UPDATE conversations AS c SET head_seq = COALESCE(
    (SELECT h.head_seq FROM conversation_heads AS h WHERE h.conversation_id = c.id),
    (SELECT MAX(u.seq) FROM conversation_updates AS u
     WHERE u.conversation_id = c.id AND u.generation = c.generation AND u.seq > c.snapshot_seq),
    c.snapshot_seq);

ALTER TABLE conversations
    ALTER COLUMN generation SET NOT NULL,
    ALTER COLUMN head_seq SET NOT NULL,
    DROP CONSTRAINT conversations_snapshot_seq_check,
    ADD CHECK (0 <= snapshot_seq AND snapshot_seq <= head_seq);

DROP TABLE conversation_heads;
