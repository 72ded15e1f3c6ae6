-- Conversations, and the log of what people do to them. The two large columns come last, so that
-- reading the others touches none of their pages.

CREATE TABLE IF NOT EXISTS conversations (
    id            text NOT NULL PRIMARY KEY,
    created_at    timestamp NOT NULL,
    class_id      text NOT NULL REFERENCES classes,
    owner_id      text NOT NULL REFERENCES users,
    title         text NOT NULL,
    source        text NOT NULL,
    visibility    text NOT NULL CHECK (visibility IN ('private', 'staff', 'class')),
    import_report text NOT NULL,
    activity_id   text,
    generation    integer NOT NULL,
    head_seq      integer NOT NULL,
    snapshot_seq  integer NOT NULL,
    submitted_at  timestamp,
    frozen_at     timestamp,
    deleted_at    timestamp,
    raw_text      text NOT NULL, -- what was imported, untouched
    crdt_state    blob NOT NULL, -- one Yjs v1 update: everything up to snapshot_seq
    CHECK (0 <= snapshot_seq AND snapshot_seq <= head_seq)
);

-- ListConversations, and the count of them in ListClasses.
CREATE INDEX IF NOT EXISTS conversations_class ON conversations (class_id, created_at);

-- SHA-256 of each crdt_state, written with it and verified whenever it is read.
CREATE TABLE IF NOT EXISTS state_checksums (
    conversation_id text NOT NULL PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
    sha256          blob NOT NULL
);

-- Append-only. seq has no gaps within a generation: the row of the conversation hands it out.
-- user_id refers to nobody on purpose, so that a keystroke costs no look-up and outlives its author's row.
CREATE TABLE IF NOT EXISTS conversation_updates (
    conversation_id text NOT NULL REFERENCES conversations ON DELETE CASCADE,
    generation      integer NOT NULL,
    seq             integer NOT NULL,
    user_id         text NOT NULL,
    bytes           blob NOT NULL,
    crc             integer NOT NULL, -- crc32c of bytes
    at              timestamp NOT NULL,
    PRIMARY KEY (conversation_id, generation, seq)
) WITHOUT ROWID;

-- Who owns each Yjs client id, so that authorship cannot be forged.
CREATE TABLE IF NOT EXISTS crdt_clients (
    conversation_id text NOT NULL REFERENCES conversations ON DELETE CASCADE,
    client_id       integer NOT NULL,
    user_id         text NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (conversation_id, client_id)
) WITHOUT ROWID;
