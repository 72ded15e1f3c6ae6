DROP TABLE crdt_clients;
--bun:split
DROP TABLE conversation_updates;
--bun:split
DROP TABLE state_checksums;
--bun:split
DROP TABLE conversations;
