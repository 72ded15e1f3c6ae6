-- InsertUsers
INSERT INTO "users" ("id", "created_at", "display_name", "email", "password_hash", "is_admin", "disabled_at", "last_seen_at") VALUES ('00000000-0000-7000-8000-000000000001', '2026-03-02 09:30:00+00:00', 'Ana', 'ana@example.org', 'hash', TRUE, DEFAULT, DEFAULT), ('00000000-0000-7000-8000-000000000002', '2026-03-02 09:30:00+00:00', 'Ben', DEFAULT, DEFAULT, FALSE, DEFAULT, DEFAULT);

-- InsertSessions
INSERT INTO "sessions" ("id", "created_at", "user_agent", "expires_at", "last_seen_at", "shared_computer", "user_id", "token_hash") VALUES ('00000000-0000-7000-8000-000000000004', '2026-03-02 09:30:00+00:00', 'browser', '2026-03-02 10:30:00+00:00', '2026-03-02 09:30:00+00:00', FALSE, '00000000-0000-7000-8000-000000000001', 'token');

-- InsertClasses
INSERT INTO "classes" ("id", "created_at", "name", "owner_id", "invite_code", "archived_at", "settings", "policy_epoch") VALUES ('00000000-0000-7000-8000-000000000003', '2026-03-02 09:30:00+00:00', 'HIST101', '00000000-0000-7000-8000-000000000001', 'K7QM2XR', DEFAULT, '{"default_visibility":"class","anonymity":false,"members_may_edit":true,"who_may_add_tags":"everyone","offline_allowed":false,"invite_code_expires_at":null}', 0);

-- InsertEnrolments
INSERT INTO "enrolments" ("id", "created_at", "role", "section", "class_id", "user_id", "return_code_hash") VALUES ('00000000-0000-7000-8000-000000000007', '2026-03-02 09:30:00+00:00', 'instructor', '', '00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000001', DEFAULT), ('00000000-0000-7000-8000-000000000008', '2026-03-02 09:30:00+00:00', 'student', '', '00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000002', 'code');

-- InsertConversations
BEGIN;
INSERT INTO "conversations" ("id", "created_at", "title", "source", "visibility", "class_id", "owner_id", "import_report", "activity_id", "snapshot_seq", "submitted_at", "frozen_at", "deleted_at", "raw_text", "crdt_state") VALUES ('00000000-0000-7000-8000-000000000006', '2026-03-02 09:30:00+00:00', 'Rome', 'plain', 'class', '00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000002', '{"turns":0,"warnings":[],"dropped":[]}', DEFAULT, 0, DEFAULT, DEFAULT, DEFAULT, 'Why?', '\x0000');
INSERT INTO "conversation_heads" ("conversation_id", "generation", "head_seq") VALUES ('00000000-0000-7000-8000-000000000006', 1, 0);
INSERT INTO "state_checksums" ("conversation_id", "sha256") VALUES ('00000000-0000-7000-8000-000000000006', '\x96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7');
INSERT INTO "previous_states" ("conversation_id", "created_at", "generation", "snapshot_seq", "sha256", "state") VALUES ('00000000-0000-7000-8000-000000000006', '2026-03-02 09:30:00+00:00', 1, 0, '\x96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7', '\x0000');
COMMIT;

-- InsertInvites
INSERT INTO "invites" ("id", "created_at", "role", "conversation_id", "max_uses", "class_id", "token_hash", "expires_at", "uses", "revoked_at", "created_by") VALUES ('00000000-0000-7000-8000-000000000005', '2026-03-02 09:30:00+00:00', 'student', DEFAULT, 200, '00000000-0000-7000-8000-000000000003', 'link', '2026-03-02 10:30:00+00:00', 0, DEFAULT, '00000000-0000-7000-8000-000000000001');

-- InsertAuditEvents
INSERT INTO "audit_events" ("id", "created_at", "actor_id", "action", "class_id", "subject_id", "detail") VALUES ('00000000-0000-7000-8000-000000000009', '2026-03-02 09:30:00+00:00', '00000000-0000-7000-8000-000000000001', 'class.create', '00000000-0000-7000-8000-000000000003', DEFAULT, '{}');

-- PutStoreValue
INSERT INTO "store" AS "store" ("key", "value") VALUES ('setup_token', 'hash') ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value;

-- GetUser
SELECT "user"."id", "user"."created_at", "user"."display_name", "user"."email", "user"."password_hash", "user"."is_admin", "user"."disabled_at", "user"."last_seen_at" FROM "users" AS "user" WHERE ("user".id = '00000000-0000-7000-8000-000000000001');

-- GetUserByEmail
SELECT "user"."id", "user"."created_at", "user"."display_name", "user"."email", "user"."password_hash", "user"."is_admin", "user"."disabled_at", "user"."last_seen_at" FROM "users" AS "user" WHERE ("user".email = 'ana@example.org');

-- GetUserByName
SELECT "user"."id", "user"."created_at", "user"."display_name", "user"."email", "user"."password_hash", "user"."is_admin", "user"."disabled_at", "user"."last_seen_at" FROM "users" AS "user" WHERE ("user".display_name = 'Ana') AND ("user".password_hash IS NOT NULL) LIMIT 2;

-- ListUsers
SELECT "user"."id", "user"."created_at", "user"."display_name", "user"."email", "user"."password_hash", "user"."is_admin", "user"."disabled_at", "user"."last_seen_at" FROM "users" AS "user" ORDER BY "user".created_at, "user".id;

-- HasAdmin
SELECT EXISTS (SELECT 1 FROM "users" AS "user" WHERE ("user".is_admin) AND ("user".disabled_at IS NULL));

-- GetSessionByToken
SELECT "session"."id", "session"."created_at", "session"."user_agent", "session"."expires_at", "session"."last_seen_at", "session"."shared_computer", "session"."user_id", "session"."token_hash", "user"."id" AS "user__id", "user"."created_at" AS "user__created_at", "user"."display_name" AS "user__display_name", "user"."email" AS "user__email", "user"."password_hash" AS "user__password_hash", "user"."is_admin" AS "user__is_admin", "user"."disabled_at" AS "user__disabled_at", "user"."last_seen_at" AS "user__last_seen_at" FROM "sessions" AS "session" LEFT JOIN "users" AS "user" ON ("user"."id" = "session"."user_id") WHERE ("session".token_hash = 'token') AND ("session".expires_at > '2026-03-02 09:30:00+00:00') AND ("user".disabled_at IS NULL);

-- ListSessions
SELECT "session"."id", "session"."created_at", "session"."user_agent", "session"."expires_at", "session"."last_seen_at", "session"."shared_computer", "session"."user_id", "session"."token_hash" FROM "sessions" AS "session" WHERE ("session".user_id = '00000000-0000-7000-8000-000000000001') AND ("session".expires_at > '2026-03-02 09:30:00+00:00') ORDER BY "session".last_seen_at DESC, "session".id;

-- GetClass
SELECT "class"."id", "class"."created_at", "class"."name", "class"."owner_id", "class"."invite_code", "class"."archived_at", "class"."settings", "class"."policy_epoch" FROM "classes" AS "class" WHERE ("class".id = '00000000-0000-7000-8000-000000000003');

-- GetClassByCode
SELECT "class"."id", "class"."created_at", "class"."name", "class"."owner_id", "class"."invite_code", "class"."archived_at", "class"."settings", "class"."policy_epoch" FROM "classes" AS "class" WHERE ("class".invite_code = 'K7QM2XR');

-- GetClassFor
SELECT "class"."id", "class"."created_at", "class"."name", "class"."owner_id", "class"."invite_code", "class"."archived_at", "class"."settings", "class"."policy_epoch", asker.role AS role, (SELECT COUNT(*) FROM enrolments AS e WHERE e.class_id = "class".id) AS members, (SELECT COUNT(*) FROM conversations AS c
			WHERE c.class_id = "class".id AND c.deleted_at IS NULL AND (
				c.owner_id = '00000000-0000-7000-8000-000000000002' OR c.visibility = 'class'
				OR c.visibility = 'staff' AND asker.role IN ('instructor', 'tutor'))) AS conversations FROM "classes" AS "class" LEFT JOIN enrolments AS asker ON asker.class_id = "class".id AND asker.user_id = '00000000-0000-7000-8000-000000000002' WHERE ("class".id = '00000000-0000-7000-8000-000000000003');
SELECT "enrolment"."id", "enrolment"."created_at", "enrolment"."role", "enrolment"."section", "enrolment"."class_id", "enrolment"."user_id", "enrolment"."return_code_hash", "user"."id" AS "user__id", "user"."display_name" AS "user__display_name" FROM "enrolments" AS "enrolment" LEFT JOIN "users" AS "user" ON ("user"."id" = "enrolment"."user_id") WHERE ("enrolment"."class_id" IN ('00000000-0000-7000-8000-000000000003')) AND ("enrolment".role IN ('instructor', 'tutor')) ORDER BY "enrolment".created_at, "enrolment".id;

-- ListClasses
SELECT "class"."id", "class"."created_at", "class"."name", "class"."owner_id", "class"."invite_code", "class"."archived_at", "class"."settings", "class"."policy_epoch", asker.role AS role, (SELECT COUNT(*) FROM enrolments AS e WHERE e.class_id = "class".id) AS members, (SELECT COUNT(*) FROM conversations AS c
			WHERE c.class_id = "class".id AND c.deleted_at IS NULL AND (
				c.owner_id = '00000000-0000-7000-8000-000000000002' OR c.visibility = 'class'
				OR c.visibility = 'staff' AND asker.role IN ('instructor', 'tutor'))) AS conversations FROM "classes" AS "class" LEFT JOIN enrolments AS asker ON asker.class_id = "class".id AND asker.user_id = '00000000-0000-7000-8000-000000000002' WHERE ("class".id IN (SELECT class_id FROM enrolments WHERE user_id = '00000000-0000-7000-8000-000000000002')) ORDER BY "class".created_at DESC, "class".id DESC;
SELECT "enrolment"."id", "enrolment"."created_at", "enrolment"."role", "enrolment"."section", "enrolment"."class_id", "enrolment"."user_id", "enrolment"."return_code_hash", "user"."id" AS "user__id", "user"."display_name" AS "user__display_name" FROM "enrolments" AS "enrolment" LEFT JOIN "users" AS "user" ON ("user"."id" = "enrolment"."user_id") WHERE ("enrolment"."class_id" IN ('00000000-0000-7000-8000-000000000003')) AND ("enrolment".role IN ('instructor', 'tutor')) ORDER BY "enrolment".created_at, "enrolment".id;

-- ListAllClasses
SELECT "class"."id", "class"."created_at", "class"."name", "class"."owner_id", "class"."invite_code", "class"."archived_at", "class"."settings", "class"."policy_epoch", asker.role AS role, (SELECT COUNT(*) FROM enrolments AS e WHERE e.class_id = "class".id) AS members, (SELECT COUNT(*) FROM conversations AS c
			WHERE c.class_id = "class".id AND c.deleted_at IS NULL AND (
				c.owner_id = '00000000-0000-7000-8000-000000000001' OR c.visibility = 'class'
				OR c.visibility = 'staff' AND asker.role IN ('instructor', 'tutor'))) AS conversations FROM "classes" AS "class" LEFT JOIN enrolments AS asker ON asker.class_id = "class".id AND asker.user_id = '00000000-0000-7000-8000-000000000001' ORDER BY "class".created_at DESC, "class".id DESC;
SELECT "enrolment"."id", "enrolment"."created_at", "enrolment"."role", "enrolment"."section", "enrolment"."class_id", "enrolment"."user_id", "enrolment"."return_code_hash", "user"."id" AS "user__id", "user"."display_name" AS "user__display_name" FROM "enrolments" AS "enrolment" LEFT JOIN "users" AS "user" ON ("user"."id" = "enrolment"."user_id") WHERE ("enrolment"."class_id" IN ('00000000-0000-7000-8000-000000000003')) AND ("enrolment".role IN ('instructor', 'tutor')) ORDER BY "enrolment".created_at, "enrolment".id;

-- PolicyEpochs
SELECT "class"."id", "class"."policy_epoch" FROM "classes" AS "class" WHERE ("class".id IN ('00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000001'));

-- EndedSessions
SELECT "session"."id" FROM "sessions" AS "session" WHERE ("session".id IN ('00000000-0000-7000-8000-000000000004', '00000000-0000-7000-8000-000000000001'));

-- GetEnrolment
SELECT "enrolment"."id", "enrolment"."created_at", "enrolment"."role", "enrolment"."section", "enrolment"."class_id", "enrolment"."user_id", "enrolment"."return_code_hash", "user"."id" AS "user__id", "user"."created_at" AS "user__created_at", "user"."display_name" AS "user__display_name", "user"."email" AS "user__email", "user"."password_hash" AS "user__password_hash", "user"."is_admin" AS "user__is_admin", "user"."disabled_at" AS "user__disabled_at", "user"."last_seen_at" AS "user__last_seen_at" FROM "enrolments" AS "enrolment" LEFT JOIN "users" AS "user" ON ("user"."id" = "enrolment"."user_id") WHERE ("enrolment".class_id = '00000000-0000-7000-8000-000000000003') AND ("enrolment".user_id = '00000000-0000-7000-8000-000000000002');

-- GetEnrolmentByReturnCode
SELECT "enrolment"."id", "enrolment"."created_at", "enrolment"."role", "enrolment"."section", "enrolment"."class_id", "enrolment"."user_id", "enrolment"."return_code_hash", "user"."id" AS "user__id", "user"."created_at" AS "user__created_at", "user"."display_name" AS "user__display_name", "user"."email" AS "user__email", "user"."password_hash" AS "user__password_hash", "user"."is_admin" AS "user__is_admin", "user"."disabled_at" AS "user__disabled_at", "user"."last_seen_at" AS "user__last_seen_at" FROM "enrolments" AS "enrolment" LEFT JOIN "users" AS "user" ON ("user"."id" = "enrolment"."user_id") WHERE ("enrolment".return_code_hash = 'code');

-- ListEnrolments
SELECT "enrolment"."id", "enrolment"."created_at", "enrolment"."role", "enrolment"."section", "enrolment"."class_id", "enrolment"."user_id", "enrolment"."return_code_hash", "user"."id" AS "user__id", "user"."created_at" AS "user__created_at", "user"."display_name" AS "user__display_name", "user"."email" AS "user__email", "user"."password_hash" AS "user__password_hash", "user"."is_admin" AS "user__is_admin", "user"."disabled_at" AS "user__disabled_at", "user"."last_seen_at" AS "user__last_seen_at" FROM "enrolments" AS "enrolment" LEFT JOIN "users" AS "user" ON ("user"."id" = "enrolment"."user_id") WHERE ("enrolment".class_id = '00000000-0000-7000-8000-000000000003') ORDER BY "user".display_name, "enrolment".id;

-- ListClassmates
SELECT "user"."id", "user"."created_at", "user"."display_name", "user"."email", "user"."password_hash", "user"."is_admin", "user"."disabled_at", "user"."last_seen_at" FROM "users" AS "user" WHERE ("user".id <> '00000000-0000-7000-8000-000000000002') AND ("user".id IN (SELECT other.user_id FROM enrolments AS other
			JOIN enrolments AS own ON own.class_id = other.class_id
			WHERE own.user_id = '00000000-0000-7000-8000-000000000002')) ORDER BY "user".display_name, "user".id;

-- HasRole
SELECT EXISTS (SELECT 1 FROM "enrolments" AS "enrolment" WHERE ("enrolment".user_id = '00000000-0000-7000-8000-000000000001') AND ("enrolment".role = 'instructor'));

-- GetInvite
SELECT "invite"."id", "invite"."created_at", "invite"."role", "invite"."conversation_id", "invite"."max_uses", "invite"."class_id", "invite"."token_hash", "invite"."expires_at", "invite"."uses", "invite"."revoked_at", "invite"."created_by" FROM "invites" AS "invite" WHERE ("invite".id = '00000000-0000-7000-8000-000000000005');

-- GetInviteByToken
SELECT "invite"."id", "invite"."created_at", "invite"."role", "invite"."conversation_id", "invite"."max_uses", "invite"."class_id", "invite"."token_hash", "invite"."expires_at", "invite"."uses", "invite"."revoked_at", "invite"."created_by" FROM "invites" AS "invite" WHERE ("invite".token_hash = 'link');

-- ListInvites
SELECT "invite"."id", "invite"."created_at", "invite"."role", "invite"."conversation_id", "invite"."max_uses", "invite"."class_id", "invite"."token_hash", "invite"."expires_at", "invite"."uses", "invite"."revoked_at", "invite"."created_by" FROM "invites" AS "invite" WHERE ("invite".class_id = '00000000-0000-7000-8000-000000000003') ORDER BY "invite".created_at DESC, "invite".id DESC;

-- GetConversation
SELECT "conversation"."id", "conversation"."created_at", "conversation"."title", "conversation"."source", "conversation"."visibility", "conversation"."class_id", "conversation"."owner_id", "conversation"."import_report", "conversation"."activity_id", "conversation"."snapshot_seq", "conversation"."submitted_at", "conversation"."frozen_at", "conversation"."deleted_at", head.generation, EXISTS (SELECT 1 FROM quarantined_updates AS q
	WHERE q.conversation_id = "conversation".id AND q.generation = head.generation AND q.settled_at IS NULL) AS quarantined, "class"."id" AS "class__id", "class"."created_at" AS "class__created_at", "class"."name" AS "class__name", "class"."owner_id" AS "class__owner_id", "class"."invite_code" AS "class__invite_code", "class"."archived_at" AS "class__archived_at", "class"."settings" AS "class__settings", "class"."policy_epoch" AS "class__policy_epoch", "owner"."id" AS "owner__id", "owner"."display_name" AS "owner__display_name" FROM "conversations" AS "conversation" LEFT JOIN "classes" AS "class" ON ("class"."id" = "conversation"."class_id") LEFT JOIN "users" AS "owner" ON ("owner"."id" = "conversation"."owner_id") JOIN conversation_heads AS head ON head.conversation_id = "conversation".id WHERE ("conversation".id = '00000000-0000-7000-8000-000000000006') AND ("conversation".deleted_at IS NULL);

-- GetRawText
SELECT "conversation"."raw_text" FROM "conversations" AS "conversation" WHERE ("conversation".id = '00000000-0000-7000-8000-000000000006') AND ("conversation".deleted_at IS NULL);

-- ListConversationIDs
SELECT "conversation"."id" FROM "conversations" AS "conversation" WHERE ("conversation".deleted_at IS NULL) ORDER BY "created_at", "id";

-- ListConversations
SELECT "conversation"."id", "conversation"."created_at", "conversation"."title", "conversation"."source", "conversation"."visibility", "conversation"."class_id", "conversation"."owner_id", "conversation"."import_report", "conversation"."activity_id", "conversation"."snapshot_seq", "conversation"."submitted_at", "conversation"."frozen_at", "conversation"."deleted_at", "owner"."id" AS "owner__id", "owner"."display_name" AS "owner__display_name" FROM "conversations" AS "conversation" LEFT JOIN "users" AS "owner" ON ("owner"."id" = "conversation"."owner_id") WHERE ("conversation".class_id = '00000000-0000-7000-8000-000000000003') AND ("conversation".deleted_at IS NULL) AND (("conversation".owner_id = '00000000-0000-7000-8000-000000000001') OR ("conversation".visibility IN ('staff', 'class'))) ORDER BY "conversation".created_at DESC, "conversation".id DESC;

-- ListAuditEvents
SELECT "audit"."id", "audit"."created_at", "audit"."actor_id", "audit"."action", "audit"."class_id", "audit"."subject_id", "audit"."detail", COALESCE(actor.display_name, '') AS actor_name, COALESCE(class.name, '') AS class_name, COALESCE(subject.display_name, '') AS subject_name FROM "audit_events" AS "audit" LEFT JOIN users AS actor ON actor.id = "audit".actor_id LEFT JOIN classes AS class ON class.id = "audit".class_id LEFT JOIN users AS subject ON subject.id = "audit".subject_id WHERE ("audit".created_at >= '2026-03-02 09:30:00+00:00') AND ('00000000-0000-7000-8000-000000000001' IN ("audit".actor_id, "audit".subject_id)) AND ("audit".class_id = '00000000-0000-7000-8000-000000000003') AND (("audit".action = 'create invite' OR substr("audit".action, 1, 14) = 'create invite:')) ORDER BY "audit".created_at DESC, "audit".id DESC LIMIT 100;

-- ListAuditActions
SELECT DISTINCT "audit"."action" FROM "audit_events" AS "audit" ORDER BY "audit".action;

-- GetStoreValue
SELECT "store"."value" FROM "store" WHERE ("store".key = 'setup_token');

-- UpdateUser
UPDATE "users" AS "user" SET "display_name" = 'Ana B.' WHERE ("user"."id" = '00000000-0000-7000-8000-000000000001');

-- SawUser
UPDATE "users" AS "user" SET last_seen_at = '2026-03-02 09:30:00+00:00' WHERE ("user".id = '00000000-0000-7000-8000-000000000001');

-- SawSession
UPDATE "sessions" AS "session" SET last_seen_at = '2026-03-02 09:30:00+00:00', expires_at = '2026-03-02 10:30:00+00:00' WHERE ("session".id = '00000000-0000-7000-8000-000000000004');

-- UpdateClass
UPDATE "classes" AS "class" SET "invite_code" = DEFAULT, "settings" = '{"default_visibility":"class","anonymity":false,"members_may_edit":true,"who_may_add_tags":"everyone","offline_allowed":false,"invite_code_expires_at":null}' WHERE ("class"."id" = '00000000-0000-7000-8000-000000000003');

-- RaisePolicyEpoch
UPDATE "classes" AS "class" SET policy_epoch = policy_epoch + 1 WHERE ("class".id = '00000000-0000-7000-8000-000000000003') RETURNING policy_epoch;

-- HoldClass
BEGIN;
UPDATE "classes" AS "class" SET policy_epoch = policy_epoch + 0 WHERE ("class".id = '00000000-0000-7000-8000-000000000003') RETURNING policy_epoch;
COMMIT;

-- UpdateEnrolment
UPDATE "enrolments" AS "enrolment" SET "role" = 'tutor' WHERE ("enrolment"."id" = '00000000-0000-7000-8000-000000000008');

-- UseInvite
UPDATE "invites" AS "invite" SET uses = uses + 1 WHERE ("invite".id = '00000000-0000-7000-8000-000000000005') AND ("invite".revoked_at IS NULL) AND ("invite".expires_at > '2026-03-02 09:30:00+00:00') AND ("invite".uses < "invite".max_uses);

-- RevokeInvite
UPDATE "invites" AS "invite" SET revoked_at = COALESCE("invite".revoked_at, '2026-03-02 09:30:00+00:00') WHERE ("invite".id = '00000000-0000-7000-8000-000000000005');

-- UpdateConversation
UPDATE "conversations" AS "conversation" SET "frozen_at" = '2026-03-02 09:30:00+00:00' WHERE ("conversation"."id" = '00000000-0000-7000-8000-000000000006');

-- DeleteConversation
BEGIN;
DELETE FROM "conversation_heads" AS "head" WHERE (conversation_id = '00000000-0000-7000-8000-000000000006');
UPDATE "conversations" AS "conversation" SET deleted_at = '2026-03-02 09:30:00+00:00' WHERE ("conversation".id = '00000000-0000-7000-8000-000000000006') AND ("conversation".deleted_at IS NULL);
COMMIT;

-- DeleteEnrolment
DELETE FROM "enrolments" AS "enrolment" WHERE ("enrolment".class_id = '00000000-0000-7000-8000-000000000003') AND ("enrolment".user_id = '00000000-0000-7000-8000-000000000002');

-- DeleteExpiredSessions
DELETE FROM "sessions" AS "session" WHERE ("session".expires_at <= '2026-03-02 09:30:00+00:00');

-- DeleteSession
DELETE FROM "sessions" AS "session" WHERE ("session".id = '00000000-0000-7000-8000-000000000004') AND ("session".user_id = '00000000-0000-7000-8000-000000000001');

-- DeleteSessions
DELETE FROM "sessions" AS "session" WHERE ("session".user_id = '00000000-0000-7000-8000-000000000001') AND ("session".id <> '00000000-0000-0000-0000-000000000000') RETURNING id;

-- TakeStoreValue
DELETE FROM "store" AS "store" WHERE ("store".key = 'setup_token') AND ("store".value = 'hash');

-- DeleteStoreValue
DELETE FROM "store" AS "store" WHERE ("store".key = 'setup_token');

