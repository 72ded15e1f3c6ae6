package models

import "context"

// VerifySQLite reads back what durability rests on.
func VerifySQLite(ctx context.Context, db *DB) error { return verify(ctx, db.Write, sqliteSettings) }

// Tables are all rows that the package maps to tables.
var Tables = []any{
	(*User)(nil), (*Session)(nil), (*Class)(nil), (*Enrolment)(nil), (*Invite)(nil),
	(*Conversation)(nil), (*conversationHead)(nil), (*stateChecksum)(nil), (*previousState)(nil),
	(*conversationUpdate)(nil), (*quarantinedUpdate)(nil), (*crdtClient)(nil),
	(*StoreValue)(nil), (*AuditEvent)(nil),
}
