DROP TABLE IF EXISTS crdt_clients;
--bun:split
DROP TABLE IF EXISTS conversation_updates;
--bun:split
DROP TABLE IF EXISTS state_checksums;
--bun:split
DROP TABLE IF EXISTS conversations;
