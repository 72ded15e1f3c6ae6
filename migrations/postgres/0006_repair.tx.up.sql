-- What a damaged conversation is repaired from.

-- The verified state before crdt_state. Rows of the log stay until both states cover them.
CREATE TABLE IF NOT EXISTS previous_states (
    conversation_id uuid PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
    created_at      timestamptz NOT NULL,
    generation      bigint NOT NULL,
    snapshot_seq    bigint NOT NULL,
    sha256          bytea NOT NULL,
    state           bytea NOT NULL
);

INSERT INTO previous_states (conversation_id, created_at, generation, snapshot_seq, sha256, state)
SELECT c.id, c.created_at, c.generation, c.snapshot_seq, s.sha256, c.crdt_state
FROM conversations AS c
JOIN state_checksums AS s ON s.conversation_id = c.id
WHERE true
ON CONFLICT (conversation_id) DO NOTHING;

-- Rows of the log that cannot be read: moved here as they were, or noted as missing. While one is not
-- settled its conversation is read-only.
CREATE TABLE IF NOT EXISTS quarantined_updates (
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    generation      bigint NOT NULL,
    seq             bigint NOT NULL,
    created_at      timestamptz NOT NULL, -- when it was moved
    reason          text NOT NULL,
    user_id         uuid,                 -- these four are null for a row that is missing
    bytes           bytea,
    crc             bigint,
    at              timestamptz,
    settled_at      timestamptz,          -- when a state that covers it was written without it
    PRIMARY KEY (conversation_id, generation, seq)
);
