-- Links into a class.

CREATE TABLE IF NOT EXISTS invites (
    id              text NOT NULL PRIMARY KEY,
    created_at      timestamp NOT NULL,
    class_id        text NOT NULL REFERENCES classes ON DELETE CASCADE,
    conversation_id text REFERENCES conversations, -- what the link opens; null: the class
    token_hash      text NOT NULL UNIQUE,
    role            text NOT NULL CHECK (role IN ('instructor', 'tutor', 'student', 'viewer')),
    expires_at      timestamp NOT NULL,
    max_uses        integer NOT NULL,
    uses            integer NOT NULL,
    revoked_at      timestamp,
    created_by      text NOT NULL REFERENCES users,
    CHECK (0 <= uses AND uses <= max_uses)
);

-- ListInvites.
CREATE INDEX IF NOT EXISTS invites_class ON invites (class_id, created_at);
