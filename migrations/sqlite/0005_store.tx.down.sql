DROP TABLE audit_events;
--bun:split
DROP TABLE store;
