DROP TABLE IF EXISTS enrolments;
--bun:split
DROP TABLE IF EXISTS classes;
