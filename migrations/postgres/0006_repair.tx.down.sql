DROP TABLE IF EXISTS quarantined_updates;
--bun:split
DROP TABLE IF EXISTS previous_states;
