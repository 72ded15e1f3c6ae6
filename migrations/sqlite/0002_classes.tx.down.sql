DROP TABLE enrolments;
--bun:split
DROP TABLE classes;
