-- Conversations, and the log of what people do to them. The two large columns come last, so that
-- reading the others touches none of their pages.

CREATE TABLE IF NOT EXISTS conversations (
    id            uuid PRIMARY KEY,
    created_at    timestamptz NOT NULL,
    class_id      uuid NOT NULL REFERENCES classes,
    owner_id      uuid NOT NULL REFERENCES users,
    title         text NOT NULL,
    source        text NOT NULL,
    visibility    text NOT NULL CHECK (visibility IN ('private', 'staff', 'class')),
    import_report jsonb NOT NULL,
    activity_id   uuid,
    generation    bigint NOT NULL,
    head_seq      bigint NOT NULL,
    snapshot_seq  bigint NOT NULL,
    submitted_at  timestamptz,
    frozen_at     timestamptz,
    deleted_at    timestamptz,
    raw_text      text NOT NULL, -- what was imported, untouched
    crdt_state    bytea NOT NULL, -- one Yjs v1 update: everything up to snapshot_seq
    CHECK (0 <= snapshot_seq AND snapshot_seq <= head_seq)
);

-- ListConversations, and the count of them in ListClasses.
CREATE INDEX IF NOT EXISTS conversations_class ON conversations (class_id, created_at);

-- SHA-256 of each crdt_state, written with it and verified whenever it is read.
CREATE TABLE IF NOT EXISTS state_checksums (
    conversation_id uuid PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
    sha256          bytea NOT NULL
);

-- Append-only. seq has no gaps within a generation: the row of the conversation hands it out.
-- user_id refers to nobody on purpose, so that a keystroke costs no look-up and outlives its author's row.
CREATE TABLE IF NOT EXISTS conversation_updates (
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    generation      bigint NOT NULL,
    seq             bigint NOT NULL,
    user_id         uuid NOT NULL,
    bytes           bytea NOT NULL,
    crc             bigint NOT NULL, -- crc32c of bytes
    at              timestamptz NOT NULL,
    PRIMARY KEY (conversation_id, generation, seq)
);

-- Who owns each Yjs client id, so that authorship cannot be forged.
CREATE TABLE IF NOT EXISTS crdt_clients (
    conversation_id uuid NOT NULL REFERENCES conversations ON DELETE CASCADE,
    client_id       bigint NOT NULL,
    user_id         uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (conversation_id, client_id)
);
