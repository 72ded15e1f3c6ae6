-- People and the browsers they are signed in with.

CREATE TABLE IF NOT EXISTS users (
    id            uuid PRIMARY KEY,
    created_at    timestamptz NOT NULL,
    display_name  text NOT NULL,
    email         text UNIQUE, -- null for a guest; folded to lower case
    password_hash text,        -- null for whoever cannot sign in with a passphrase
    is_admin      boolean NOT NULL,
    disabled_at   timestamptz,
    last_seen_at  timestamptz
);

-- GetUserForSignIn, by name.
CREATE INDEX IF NOT EXISTS users_display_name ON users (display_name);

CREATE TABLE IF NOT EXISTS sessions (
    id              uuid PRIMARY KEY,
    created_at      timestamptz NOT NULL,
    user_id         uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    token_hash      text NOT NULL UNIQUE,
    expires_at      timestamptz NOT NULL,
    last_seen_at    timestamptz NOT NULL,
    user_agent      text NOT NULL,
    shared_computer boolean NOT NULL
);

-- ListSessions.
CREATE INDEX IF NOT EXISTS sessions_user ON sessions (user_id);
