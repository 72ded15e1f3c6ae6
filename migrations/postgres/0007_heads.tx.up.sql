-- Where the log of each conversation stands, in a row of its own: it is rewritten with every append, and SQLite
-- would rewrite a conversation's texts along with it.

-- One for each conversation that takes updates; a deleted one has none. Every append changes this row, so whoever
-- holds it holds the log.
CREATE TABLE conversation_heads (
    conversation_id uuid PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
    generation      bigint NOT NULL,
    head_seq        bigint NOT NULL CHECK (head_seq >= 0) -- of the last row
);

INSERT INTO conversation_heads (conversation_id, generation, head_seq)
SELECT id, generation, head_seq FROM conversations WHERE deleted_at IS NULL;

ALTER TABLE conversations
    DROP COLUMN head_seq, -- and the CHECK that names it
    DROP COLUMN generation,
    ADD CONSTRAINT conversations_snapshot_seq_check CHECK (0 <= snapshot_seq);
