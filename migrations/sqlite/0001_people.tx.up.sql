-- People and the browsers they are signed in with.

CREATE TABLE IF NOT EXISTS users (
    id            text NOT NULL PRIMARY KEY,
    created_at    timestamp NOT NULL,
    display_name  text NOT NULL,
    email         text UNIQUE, -- null for a guest; folded to lower case
    password_hash text,        -- null for whoever cannot sign in with a passphrase
    is_admin      boolean NOT NULL,
    disabled_at   timestamp,
    last_seen_at  timestamp
);

-- GetUserForSignIn, by name.
CREATE INDEX IF NOT EXISTS users_display_name ON users (display_name);

CREATE TABLE IF NOT EXISTS sessions (
    id              text NOT NULL PRIMARY KEY,
    created_at      timestamp NOT NULL,
    user_id         text NOT NULL REFERENCES users ON DELETE CASCADE,
    token_hash      text NOT NULL UNIQUE,
    expires_at      timestamp NOT NULL,
    last_seen_at    timestamp NOT NULL,
    user_agent      text NOT NULL,
    shared_computer boolean NOT NULL
);

-- ListSessions.
CREATE INDEX IF NOT EXISTS sessions_user ON sessions (user_id);
