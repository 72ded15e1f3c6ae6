DROP TABLE IF EXISTS audit_events;
--bun:split
DROP TABLE IF EXISTS store;
