-- Classes and who is in them.

CREATE TABLE IF NOT EXISTS classes (
    id           text NOT NULL PRIMARY KEY,
    created_at   timestamp NOT NULL,
    name         text NOT NULL,
    owner_id     text NOT NULL REFERENCES users,
    invite_code  text UNIQUE, -- null while no short code is open
    archived_at  timestamp,
    settings     text NOT NULL,
    policy_epoch integer NOT NULL -- moves whenever somebody's rights in the class do
);

CREATE TABLE IF NOT EXISTS enrolments (
    id               text NOT NULL PRIMARY KEY,
    created_at       timestamp NOT NULL,
    class_id         text NOT NULL REFERENCES classes ON DELETE CASCADE,
    user_id          text NOT NULL REFERENCES users ON DELETE CASCADE,
    role             text NOT NULL CHECK (role IN ('instructor', 'tutor', 'student', 'viewer')),
    section          text NOT NULL,
    return_code_hash text UNIQUE, -- a guest's way back from another device
    UNIQUE (class_id, user_id)
);

-- ListClasses, of one person.
CREATE INDEX IF NOT EXISTS enrolments_user ON enrolments (user_id);
