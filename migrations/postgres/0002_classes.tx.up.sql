-- Classes and who is in them.

CREATE TABLE IF NOT EXISTS classes (
    id           uuid PRIMARY KEY,
    created_at   timestamptz NOT NULL,
    name         text NOT NULL,
    owner_id     uuid NOT NULL REFERENCES users,
    invite_code  text UNIQUE, -- null while no short code is open
    archived_at  timestamptz,
    settings     jsonb NOT NULL,
    policy_epoch bigint NOT NULL -- moves whenever somebody's rights in the class do
);

CREATE TABLE IF NOT EXISTS enrolments (
    id               uuid PRIMARY KEY,
    created_at       timestamptz NOT NULL,
    class_id         uuid NOT NULL REFERENCES classes ON DELETE CASCADE,
    user_id          uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    role             text NOT NULL CHECK (role IN ('instructor', 'tutor', 'student', 'viewer')),
    section          text NOT NULL,
    return_code_hash text UNIQUE, -- a guest's way back from another device
    UNIQUE (class_id, user_id)
);

-- ListClasses, of one person.
CREATE INDEX IF NOT EXISTS enrolments_user ON enrolments (user_id);
