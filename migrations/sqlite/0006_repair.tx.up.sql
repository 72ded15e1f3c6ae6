-- What a damaged conversation is repaired from.

-- The verified state before crdt_state. Rows of the log stay until both states cover them.
CREATE TABLE IF NOT EXISTS previous_states (
    conversation_id text NOT NULL PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
    created_at      timestamp NOT NULL,
    generation      integer NOT NULL,
    snapshot_seq    integer NOT NULL,
    sha256          blob NOT NULL,
    state           blob NOT NULL
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
    conversation_id text NOT NULL REFERENCES conversations ON DELETE CASCADE,
    generation      integer NOT NULL,
    seq             integer NOT NULL,
    created_at      timestamp NOT NULL, -- when it was moved
    reason          text NOT NULL,
    user_id         text,               -- these four are null for a row that is missing
    bytes           blob,
    crc             integer,
    at              timestamp,
    settled_at      timestamp,          -- when a state that covers it was written without it
    PRIMARY KEY (conversation_id, generation, seq)
);
