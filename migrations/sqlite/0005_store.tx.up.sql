-- What belongs to the whole store: its own few values, and who did what.

CREATE TABLE IF NOT EXISTS store (
    key   text NOT NULL PRIMARY KEY,
    value text NOT NULL
);

-- Refers to nothing on purpose: a line outlives what it is about.
CREATE TABLE IF NOT EXISTS audit_events (
    id         text NOT NULL PRIMARY KEY,
    created_at timestamp NOT NULL,
    actor_id   text, -- null for the operator, and for somebody not signed in
    action     text NOT NULL,
    class_id   text,
    subject_id text,
    detail     text NOT NULL
);

-- ListAuditEvents.
CREATE INDEX IF NOT EXISTS audit_events_class ON audit_events (class_id, created_at);
