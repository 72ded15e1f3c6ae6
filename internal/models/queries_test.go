package models_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

var rewrite = flag.Bool("rewrite", false, "write the SQL of all queries to testdata")

// A query is one exported function, called once on rows that the queries before it have made.
type query struct {
	name string
	call func(ctx context.Context, db bun.IDB) error
}

// id returns the nth id of this file's rows: golden files need the same ones each time.
func id(n byte) uuid.UUID { return uuid.UUID{6: 0x70, 8: 0x80, 15: n} }

var (
	ana, ben, class, session, invite, conversation = id(1), id(2), id(3), id(4), id(5), id(6)

	now = modelstest.Now
)

func identity(n uuid.UUID) models.Identity { return models.Identity{ID: n, CreatedAt: now} }

// got forgets the result of a query of which only the SQL matters here.
func got[T any](_ T, err error) error { return err }

var queries = []query{
	{"InsertUsers", func(ctx context.Context, db bun.IDB) error {
		email := "Ana@Example.org"
		return models.InsertUsers(ctx, db,
			&models.User{Identity: identity(ana), UserFields: models.UserFields{DisplayName: "Ana", Email: &email}, PasswordHash: "hash", IsAdmin: true},
			&models.User{Identity: identity(ben), UserFields: models.UserFields{DisplayName: "Ben"}})
	}},
	{"InsertSessions", func(ctx context.Context, db bun.IDB) error {
		return models.InsertSessions(ctx, db, &models.Session{Identity: identity(session), UserID: ana, TokenHash: "token",
			SessionFields: models.SessionFields{UserAgent: "browser", ExpiresAt: now.Add(time.Hour), LastSeenAt: now}})
	}},
	{"InsertClasses", func(ctx context.Context, db bun.IDB) error {
		return models.InsertClasses(ctx, db, &models.Class{Identity: identity(class), ClassFields: models.ClassFields{Name: "HIST101"},
			OwnerID: ana, InviteCode: "K7QM2XR", Settings: models.DefaultClassSettings()})
	}},
	{"InsertEnrolments", func(ctx context.Context, db bun.IDB) error {
		return models.InsertEnrolments(ctx, db,
			&models.Enrolment{Identity: identity(id(7)), ClassID: class, UserID: ana, EnrolmentFields: models.EnrolmentFields{Role: models.RoleInstructor}},
			&models.Enrolment{Identity: identity(id(8)), ClassID: class, UserID: ben, EnrolmentFields: models.EnrolmentFields{Role: models.RoleStudent}, ReturnCodeHash: "code"})
	}},
	{"InsertConversations", func(ctx context.Context, db bun.IDB) error {
		return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			return models.InsertConversations(ctx, tx, &models.Conversation{Identity: identity(conversation),
				ConversationFields: models.ConversationFields{Title: "Rome", Source: "plain", Visibility: models.VisibilityClass},
				ClassID:            class, OwnerID: ben, Generation: 1, RawText: "Why?", CRDTState: modelstest.EmptyUpdate()})
		})
	}},
	{"InsertInvites", func(ctx context.Context, db bun.IDB) error {
		return models.InsertInvites(ctx, db, &models.Invite{Identity: identity(invite), ClassID: class, TokenHash: "link",
			InviteFields: models.InviteFields{Role: models.RoleStudent, MaxUses: 200}, ExpiresAt: now.Add(time.Hour), CreatedBy: ana})
	}},
	{"InsertAuditEvents", func(ctx context.Context, db bun.IDB) error {
		actor, about := ana, class
		return models.InsertAuditEvents(ctx, db, &models.AuditEvent{Identity: identity(id(9)), ActorID: &actor, Action: "class.create", ClassID: &about})
	}},
	{"PutStoreValue", func(ctx context.Context, db bun.IDB) error {
		return models.PutStoreValue(ctx, db, models.KeySetupToken, "hash")
	}},

	{"GetUser", func(ctx context.Context, db bun.IDB) error { return got(models.GetUser(ctx, db, ana)) }},
	{"GetUserByEmail", func(ctx context.Context, db bun.IDB) error {
		return got(models.GetUserByEmail(ctx, db, "ANA@example.org"))
	}},
	{"GetUserByName", func(ctx context.Context, db bun.IDB) error { return got(models.GetUserByName(ctx, db, "Ana")) }},
	{"ListUsers", func(ctx context.Context, db bun.IDB) error { return got(models.ListUsers(ctx, db)) }},
	{"HasAdmin", func(ctx context.Context, db bun.IDB) error { return got(models.HasAdmin(ctx, db)) }},
	{"GetSessionByToken", func(ctx context.Context, db bun.IDB) error {
		return got(models.GetSessionByToken(ctx, db, "token", now))
	}},
	{"ListSessions", func(ctx context.Context, db bun.IDB) error { return got(models.ListSessions(ctx, db, ana, now)) }},
	{"GetClass", func(ctx context.Context, db bun.IDB) error { return got(models.GetClass(ctx, db, class)) }},
	{"GetClassByCode", func(ctx context.Context, db bun.IDB) error { return got(models.GetClassByCode(ctx, db, "K7QM2XR")) }},
	{"GetClassFor", func(ctx context.Context, db bun.IDB) error { return got(models.GetClassFor(ctx, db, class, ben)) }},
	{"ListClasses", func(ctx context.Context, db bun.IDB) error { return got(models.ListClasses(ctx, db, ben)) }},
	{"ListAllClasses", func(ctx context.Context, db bun.IDB) error { return got(models.ListAllClasses(ctx, db, ana)) }},
	{"PolicyEpochs", func(ctx context.Context, db bun.IDB) error {
		return got(models.PolicyEpochs(ctx, db, []uuid.UUID{class, ana}))
	}},
	{"EndedSessions", func(ctx context.Context, db bun.IDB) error {
		return got(models.EndedSessions(ctx, db, []uuid.UUID{session, ana}))
	}},
	{"GetEnrolment", func(ctx context.Context, db bun.IDB) error { return got(models.GetEnrolment(ctx, db, class, ben)) }},
	{"GetEnrolmentByReturnCode", func(ctx context.Context, db bun.IDB) error {
		return got(models.GetEnrolmentByReturnCode(ctx, db, "code"))
	}},
	{"ListEnrolments", func(ctx context.Context, db bun.IDB) error { return got(models.ListEnrolments(ctx, db, class)) }},
	{"ListClassmates", func(ctx context.Context, db bun.IDB) error { return got(models.ListClassmates(ctx, db, ben)) }},
	{"HasRole", func(ctx context.Context, db bun.IDB) error {
		return got(models.HasRole(ctx, db, ana, models.RoleInstructor))
	}},
	{"GetInvite", func(ctx context.Context, db bun.IDB) error { return got(models.GetInvite(ctx, db, invite)) }},
	{"GetInviteByToken", func(ctx context.Context, db bun.IDB) error { return got(models.GetInviteByToken(ctx, db, "link")) }},
	{"ListInvites", func(ctx context.Context, db bun.IDB) error { return got(models.ListInvites(ctx, db, class)) }},
	{"GetConversation", func(ctx context.Context, db bun.IDB) error { return got(models.GetConversation(ctx, db, conversation)) }},
	{"GetRawText", func(ctx context.Context, db bun.IDB) error { return got(models.GetRawText(ctx, db, conversation)) }},
	{"ListConversationIDs", func(ctx context.Context, db bun.IDB) error { return got(models.ListConversationIDs(ctx, db)) }},
	{"ListConversations", func(ctx context.Context, db bun.IDB) error {
		return got(models.ListConversations(ctx, db, class, ana, models.VisibilityStaff, models.VisibilityClass))
	}},
	{"ListAuditEvents", func(ctx context.Context, db bun.IDB) error {
		return got(models.ListAuditEvents(ctx, db, models.AuditFilter{Since: now, User: ana, Class: class, Action: "create invite"}, 100))
	}},
	{"ListAuditActions", func(ctx context.Context, db bun.IDB) error { return got(models.ListAuditActions(ctx, db)) }},
	{"GetStoreValue", func(ctx context.Context, db bun.IDB) error {
		return got(models.GetStoreValue(ctx, db, models.KeySetupToken))
	}},

	{"UpdateUser", func(ctx context.Context, db bun.IDB) error {
		return models.UpdateUser(ctx, db, &models.User{Identity: identity(ana), UserFields: models.UserFields{DisplayName: "Ana B."}}, "display_name")
	}},
	{"SawUser", func(ctx context.Context, db bun.IDB) error { return models.SawUser(ctx, db, ana, now) }},
	{"SawSession", func(ctx context.Context, db bun.IDB) error {
		return models.SawSession(ctx, db, session, now, now.Add(time.Hour))
	}},
	{"UpdateClass", func(ctx context.Context, db bun.IDB) error {
		return models.UpdateClass(ctx, db, &models.Class{Identity: identity(class), Settings: models.DefaultClassSettings()}, "invite_code", "settings")
	}},
	{"RaisePolicyEpoch", func(ctx context.Context, db bun.IDB) error { return got(models.RaisePolicyEpoch(ctx, db, class)) }},
	{"HoldClass", func(ctx context.Context, db bun.IDB) error {
		return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error { return models.HoldClass(ctx, tx, class) })
	}},
	{"UpdateEnrolment", func(ctx context.Context, db bun.IDB) error {
		return models.UpdateEnrolment(ctx, db, &models.Enrolment{Identity: identity(id(8)), EnrolmentFields: models.EnrolmentFields{Role: models.RoleTutor}}, "role")
	}},
	{"UseInvite", func(ctx context.Context, db bun.IDB) error { return models.UseInvite(ctx, db, invite, now) }},
	{"RevokeInvite", func(ctx context.Context, db bun.IDB) error { return models.RevokeInvite(ctx, db, invite, now) }},
	{"UpdateConversation", func(ctx context.Context, db bun.IDB) error {
		return models.UpdateConversation(ctx, db, &models.Conversation{Identity: identity(conversation), FrozenAt: &now}, "frozen_at")
	}},

	{"DeleteConversation", func(ctx context.Context, db bun.IDB) error {
		return db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			return models.DeleteConversation(ctx, tx, conversation, now)
		})
	}},
	{"DeleteEnrolment", func(ctx context.Context, db bun.IDB) error { return models.DeleteEnrolment(ctx, db, class, ben) }},
	{"DeleteExpiredSessions", func(ctx context.Context, db bun.IDB) error {
		return got(models.DeleteExpiredSessions(ctx, db, now))
	}},
	{"DeleteSession", func(ctx context.Context, db bun.IDB) error { return models.DeleteSession(ctx, db, ana, session) }},
	{"DeleteSessions", func(ctx context.Context, db bun.IDB) error {
		return got(models.DeleteSessions(ctx, db, ana, uuid.Nil))
	}},
	{"TakeStoreValue", func(ctx context.Context, db bun.IDB) error {
		return models.TakeStoreValue(ctx, db, models.KeySetupToken, "hash")
	}},
	{"DeleteStoreValue", func(ctx context.Context, db bun.IDB) error {
		return models.DeleteStoreValue(ctx, db, models.KeySetupToken)
	}},
}

// The files show a reviewer what a change does to the SQL. `go test ./internal/models -run SQL -rewrite` writes them.
func TestQueries_RenderTheSQLThatWasReviewed(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		var text strings.Builder
		for _, q := range queries {
			fmt.Fprintf(&text, "-- %s\n", q.name)
			for _, rendered := range modelstest.Queries(db.Write, func(db bun.IDB) {
				if err := q.call(t.Context(), db); err != nil {
					t.Fatalf("%s: %v", q.name, err)
				}
			}) {
				fmt.Fprintf(&text, "%s;\n", rendered)
			}
			text.WriteByte('\n')
		}
		file := filepath.Join("testdata", filepath.Base(t.Name())+".sql")
		if *rewrite {
			if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(strings.Split(string(want), "\n"), strings.Split(text.String(), "\n")); diff != "" {
			t.Errorf("reviewed (-), rendered (+):\n%s", diff)
		}
	})
}

func TestQueries_AreAllReviewed(t *testing.T) {
	var reviewed []string
	for _, q := range queries {
		reviewed = append(reviewed, q.name)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range parsed.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && isQuery(f) && !slices.Contains(reviewed, f.Name.Name) {
				t.Errorf("%s in %s has no SQL in testdata: add it to queries", f.Name.Name, file)
			}
		}
	}
}

// isQuery tells exported functions whose second parameter is a bun.IDB or a bun.Tx.
func isQuery(f *ast.FuncDecl) bool {
	if f.Recv != nil || !f.Name.IsExported() || len(f.Type.Params.List) < 2 {
		return false
	}
	of, ok := f.Type.Params.List[1].Type.(*ast.SelectorExpr)
	return ok && (of.Sel.Name == "IDB" || of.Sel.Name == "Tx")
}

func TestQueries_ListsTakeAsManyStatementsForFiftyRowsAsForOne(t *testing.T) {
	budgets := []struct {
		name   string
		budget int
		list   func(ctx context.Context, db bun.IDB, s school) (rows int, err error)
	}{
		{"ListUsers", 1, func(ctx context.Context, db bun.IDB, s school) (int, error) { return count(models.ListUsers(ctx, db)) }},
		{"ListSessions", 1, func(ctx context.Context, db bun.IDB, s school) (int, error) {
			return count(models.ListSessions(ctx, db, s.teacher.ID, now))
		}},
		{"ListClasses", 2, func(ctx context.Context, db bun.IDB, s school) (int, error) {
			return count(models.ListClasses(ctx, db, s.teacher.ID))
		}},
		{"ListAllClasses", 2, func(ctx context.Context, db bun.IDB, s school) (int, error) {
			return count(models.ListAllClasses(ctx, db, s.teacher.ID))
		}},
		{"ListEnrolments", 1, func(ctx context.Context, db bun.IDB, s school) (int, error) {
			return count(models.ListEnrolments(ctx, db, s.class.ID))
		}},
		{"ListInvites", 1, func(ctx context.Context, db bun.IDB, s school) (int, error) {
			return count(models.ListInvites(ctx, db, s.class.ID))
		}},
		{"ListConversations", 1, func(ctx context.Context, db bun.IDB, s school) (int, error) {
			return count(models.ListConversations(ctx, db, s.class.ID, s.teacher.ID))
		}},
		{"ListAuditEvents", 1, func(ctx context.Context, db bun.IDB, s school) (int, error) {
			return count(models.ListAuditEvents(ctx, db, models.AuditFilter{Class: s.class.ID}, 1000))
		}},
	}
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		for _, size := range []int{1, 50} {
			s := newSchool(t, db, size)
			for _, b := range budgets {
				made := modelstest.Queries(db.Read, func(db bun.IDB) {
					rows, err := b.list(t.Context(), db, s)
					if err != nil || rows < size {
						t.Errorf("%s gave %d rows of %d, %v", b.name, rows, size, err)
					}
				})
				if len(made) != b.budget {
					t.Errorf("%s took %d statements for %d rows, its budget is %d:\n%s", b.name, len(made), size, b.budget, strings.Join(made, "\n"))
				}
			}
		}
	})
}

func count[T any](rows []T, err error) (int, error) { return len(rows), err }

// A school has as many of everything as it has size.
type school struct {
	teacher *models.User
	class   *models.Class // the one with members, links and conversations
}

func newSchool(t *testing.T, db *models.DB, size int) school {
	t.Helper()
	s := school{teacher: modelstest.Account(t, db, "Ana")}
	s.class = modelstest.Class(t, db, s.teacher, "HIST101")
	var (
		tutors        []*models.User
		classes       []*models.Class
		enrolments    []*models.Enrolment
		sessions      []*models.Session
		conversations []*models.Conversation
		invites       []*models.Invite
		events        []*models.AuditEvent
	)
	for range size {
		tutor := &models.User{Identity: identity(models.NewID()), UserFields: models.UserFields{DisplayName: "Ben"}}
		other := &models.Class{Identity: identity(models.NewID()), OwnerID: s.teacher.ID, Settings: models.DefaultClassSettings()}
		secret := models.NewID().String()
		tutors = append(tutors, tutor)
		classes = append(classes, other)
		enrolments = append(enrolments,
			&models.Enrolment{ClassID: s.class.ID, UserID: tutor.ID, EnrolmentFields: models.EnrolmentFields{Role: models.RoleTutor}},
			&models.Enrolment{ClassID: other.ID, UserID: s.teacher.ID, EnrolmentFields: models.EnrolmentFields{Role: models.RoleInstructor}})
		sessions = append(sessions, &models.Session{UserID: s.teacher.ID, TokenHash: secret,
			SessionFields: models.SessionFields{ExpiresAt: now.Add(time.Hour), LastSeenAt: now}})
		conversations = append(conversations, &models.Conversation{ClassID: s.class.ID, OwnerID: s.teacher.ID, Generation: 1,
			ConversationFields: models.ConversationFields{Visibility: models.VisibilityClass}, CRDTState: modelstest.EmptyUpdate()})
		invites = append(invites, &models.Invite{ClassID: s.class.ID, TokenHash: secret, ExpiresAt: now.Add(time.Hour), CreatedBy: s.teacher.ID,
			InviteFields: models.InviteFields{Role: models.RoleStudent, MaxUses: 1}})
		events = append(events, &models.AuditEvent{Action: "test", ClassID: &s.class.ID})
	}
	if err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return errors.Join(
			models.InsertUsers(ctx, tx, tutors...), models.InsertClasses(ctx, tx, classes...),
			models.InsertEnrolments(ctx, tx, enrolments...), models.InsertSessions(ctx, tx, sessions...),
			models.InsertConversations(ctx, tx, conversations...), models.InsertInvites(ctx, tx, invites...),
			models.InsertAuditEvents(ctx, tx, events...))
	}); err != nil {
		t.Fatal(err)
	}
	return s
}
