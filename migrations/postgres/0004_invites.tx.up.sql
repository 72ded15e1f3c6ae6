-- Links into a class.

CREATE TABLE IF NOT EXISTS invites (
    id              uuid PRIMARY KEY,
    created_at      timestamptz NOT NULL,
    class_id        uuid NOT NULL REFERENCES classes ON DELETE CASCADE,
    conversation_id uuid REFERENCES conversations, -- what the link opens; null: the class
    token_hash      text NOT NULL UNIQUE,
    role            text NOT NULL CHECK (role IN ('instructor', 'tutor', 'student', 'viewer')),
    expires_at      timestamptz NOT NULL,
    max_uses        bigint NOT NULL,
    uses            bigint NOT NULL,
    revoked_at      timestamptz,
    created_by      uuid NOT NULL REFERENCES users,
    CHECK (0 <= uses AND uses <= max_uses)
);

-- ListInvites.
CREATE INDEX IF NOT EXISTS invites_class ON invites (class_id, created_at);
