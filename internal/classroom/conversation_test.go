package classroom_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"grimoire/internal/annotation"
	"grimoire/internal/auth"
	"grimoire/internal/classroom"
	"grimoire/internal/classroom/classroomtest"
	"grimoire/internal/crdt"
	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

func TestImport_SeedsTheDocOnceWithItsTurns(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		w := classroomtest.New(t, db)
		ana := w.MakeAccount(t, "Ana", false)
		class := w.MakeClass(t, ana, "HIST 101")
		request := classroomtest.OneTurn("Why did Rome fall?\r\n\x00\x1eaaaaaaaaaa\n", "")
		request.Turns = append(request.Turns, classroom.Turn{Role: "assistant", Kind: "message", Model: "gpt-x", Markdown: "Nobody *knows* 👩‍👩‍👧."})
		read, err := w.Import(t.Context(), ana, class.ID, ana.UserID, request)
		if err != nil {
			t.Fatal(err)
		}
		if read.Visibility != models.VisibilityClass || read.ImportReport.Turns != 2 {
			t.Errorf("visibility %s, %d turns; want the class's default and 2", read.Visibility, read.ImportReport.Turns)
		}
		var said annotation.Conversation
		view(t, w, read.ID, func(doc *crdt.Doc) { said = annotation.Read(doc) })
		want := []annotation.Turn{
			{Role: "user", Kind: "message", Markdown: "Why did Rome fall?\naaaaaaaaaa"},
			{Role: "assistant", Kind: "message", Model: "gpt-x", Markdown: "Nobody *knows* 👩‍👩‍👧."},
		}
		for i := range said.Turns {
			said.Turns[i].ID = ""
		}
		if diff := cmp.Diff(said.Turns, want); diff != "" {
			t.Errorf("got, then want:\n%s", diff)
		}
		var tags []string
		for _, tag := range said.Tags {
			tags = append(tags, tag.Name)
		}
		if diff := cmp.Diff(tags, []string{"effective", "too broad", "hallucination", "good follow-up", "needs source"}); diff != "" {
			t.Errorf("tags, got, then want:\n%s", diff)
		}
		raw, err := models.GetRawText(t.Context(), db.Read, read.ID)
		if err != nil || raw != "Why did Rome fall?\r\n\x1eaaaaaaaaaa\n" {
			t.Errorf("what was imported is kept as %q, %v", raw, err)
		}
	})
}

func view(t *testing.T, w *classroomtest.World, id uuid.UUID, do func(*crdt.Doc)) {
	t.Helper()
	if err := w.Rooms.View(t.Context(), id, func(doc *crdt.Doc) error { do(doc); return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestImport_OnlyTheOperatorAddsForOthers(t *testing.T) {
	w := classroomtest.New(t, modelstest.SQLite(t))
	ana, tom := w.MakeAccount(t, "Ana", false), w.MakeAccount(t, "Tom", false)
	class := w.MakeClass(t, ana, "HIST 101")
	for _, tt := range []struct {
		name  string
		actor auth.Actor
		owner uuid.UUID
		want  classroom.Code
	}{
		{"Ana for Tom", ana, tom.UserID, classroom.Forbidden},
		{"the operator for somebody outside", classroomtest.Operator, tom.UserID, classroom.NotFound},
		{"the operator for Ana", classroomtest.Operator, ana.UserID, ""},
		{"nobody", auth.Actor{}, uuid.Nil, classroom.NotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.Import(t.Context(), tt.actor, class.ID, tt.owner, classroomtest.OneTurn("Why?", ""))
			if tt.want == "" && err != nil || tt.want != "" && !errors.Is(err, &classroom.Error{Code: tt.want}) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestImport_TooLargeChangesNothing(t *testing.T) {
	w := classroomtest.New(t, modelstest.SQLite(t))
	ana := w.MakeAccount(t, "Ana", false)
	class := w.MakeClass(t, ana, "HIST 101")
	for name, request := range map[string]classroom.ConversationCreate{
		"its turns": classroomtest.OneTurn(strings.Repeat("x", 8<<20+1), ""),
		"what was pasted": func() classroom.ConversationCreate {
			r := classroomtest.OneTurn("x", "")
			r.RawText = strings.Repeat("x", 8<<20+1)
			return r
		}(),
	} {
		if _, err := w.Import(t.Context(), ana, class.ID, ana.UserID, request); !errors.Is(err, &classroom.Error{Code: classroom.TooLarge}) {
			t.Errorf("%s: %v, want too large", name, err)
		}
	}
	if list, err := w.Conversations(t.Context(), ana, class.ID); err != nil || len(list) != 0 {
		t.Errorf("%d conversations, %v", len(list), err)
	}
}

func TestUpdateConversation_RenamesTheDocToo(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		w := classroomtest.New(t, db)
		ana := w.MakeAccount(t, "Ana", false)
		class := w.MakeClass(t, ana, "HIST 101")
		rome := w.MakeConversation(t, ana, class.ID, models.VisibilityClass)
		if _, err := w.UpdateConversation(t.Context(), ana, rome.ID, models.ConversationUpdate{Title: models.Some("  The fall\nof Rome ")}); err != nil {
			t.Fatal(err)
		}
		view(t, w, rome.ID, func(doc *crdt.Doc) {
			if got := annotation.Read(doc).Title; got != "The fall of Rome" {
				t.Errorf("the Doc's title is %q", got)
			}
		})
	})
}

func TestExport_PutsNamesWhereTheDocHasIDs(t *testing.T) {
	w := classroomtest.New(t, modelstest.SQLite(t))
	ana := w.MakeAccount(t, "Ana", false)
	class := w.MakeClass(t, ana, "HIST 101")
	rome := w.MakeConversation(t, ana, class.ID, models.VisibilityClass)
	gone := uuid.NewString()
	err := w.Rooms.Edit(t.Context(), rome.ID, ana.UserID, func(doc *crdt.Doc) error {
		doc.Transact(nil, func(tx *crdt.Transaction) {
			doc.Map(annotation.RootComments).Set(tx, "c1", crdt.NewMap())
			value, _ := doc.Map(annotation.RootComments).Get("c1")
			comment := value.(*crdt.Map)
			comment.Set(tx, "by", gone)
			comment.Set(tx, "at", 1e300) // any member can write anything
			comment.Set(tx, "body", crdt.NewText("Says who?"))
			doc.Map(annotation.RootReactions).Set(tx, "c1|"+ana.UserID.String()+"|👍", 1)
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"markdown", "json"} {
		file, err := w.Export(t.Context(), ana, rome.ID, format)
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		body := string(file.Body)
		for _, want := range []string{"Says who?", "Former member", "Why did Rome fall?"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %q:\n%s", format, want, body)
			}
		}
		for _, not := range []string{gone, ana.UserID.String()} {
			if strings.Contains(body, not) {
				t.Errorf("%s has the user id %s", format, not)
			}
		}
	}
	if file, err := w.Export(t.Context(), ana, rome.ID, "json"); err != nil || file.Name != "Rome.json" {
		t.Errorf("file %q, %v", file.Name, err)
	}
}

func TestEnter(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		w := classroomtest.New(t, db)
		demo, err := w.Demo(t.Context(), classroomtest.Operator, 1, 3)
		if err != nil {
			t.Fatal(err)
		}
		room, teacher, student := demo.Conversations[0], demo.Sessions[0], demo.Sessions[1]
		ana, err := w.Authenticate(t.Context(), teacher)
		if err != nil {
			t.Fatal(err)
		}
		ben, err := w.Authenticate(t.Context(), student)
		if err != nil {
			t.Fatal(err)
		}
		note, edit := keystroke(t, w, room, annotation.RootNotes), keystroke(t, w, room, annotation.RootText)
		freeze := func(yes bool) func() error {
			return func() error {
				_, err := w.UpdateConversation(t.Context(), ana, room, models.ConversationUpdate{Frozen: models.Some(yes)})
				return err
			}
		}
		settings := func(may bool) func() error {
			return func() error {
				u := models.ClassUpdate{Settings: models.ClassSettingsUpdate{MembersMayEdit: models.Some(may)}}
				_, err := w.UpdateClass(t.Context(), ana, demo.Class, u)
				return err
			}
		}
		role := func(r models.Role) func() error {
			return func() error {
				_, err := w.UpdateMember(t.Context(), ana, demo.Class, ben.UserID, models.EnrolmentUpdate{Role: models.Some(r)})
				return err
			}
		}
		for _, tt := range []struct {
			name              string
			do                func() error
			write, note, edit bool
		}{
			{"as it is", func() error { return nil }, true, true, true},
			{"members may not edit", settings(false), true, true, false},
			{"members may edit", settings(true), true, true, true},
			{"frozen", freeze(true), false, false, false},
			{"thawed", freeze(false), true, true, true},
			{"a viewer", role(models.RoleViewer), false, false, false},
			{"a tutor", role(models.RoleTutor), true, true, false},
		} {
			t.Run(tt.name, func(t *testing.T) {
				if err := tt.do(); err != nil {
					t.Fatal(err)
				}
				pass, err := w.Enter(t.Context(), student, room)
				if err != nil {
					t.Fatal(err)
				}
				if pass.User != ben.UserID || pass.Session != ben.SessionID || pass.Class != demo.Class || pass.Name != "Reader 2" {
					t.Errorf("pass %+v", pass)
				}
				epochs, err := models.PolicyEpochs(t.Context(), db.Read, []uuid.UUID{demo.Class})
				if err != nil || pass.Epoch != epochs[demo.Class] {
					t.Errorf("as of epoch %d, the class is at %v, %v", pass.Epoch, epochs, err)
				}
				if left := pass.Until.Sub(w.Clock.Now()); left <= 0 || left > 30*24*time.Hour {
					t.Errorf("it says %v, and ends with the session", pass.Until)
				}
				if pass.Write != tt.write {
					t.Errorf("write %v, want %v", pass.Write, tt.write)
				}
				if frozen := tt.name == "frozen"; pass.Frozen != frozen || (pass.Reason != "") != frozen ||
					pass.Rights.Annotate != tt.note || pass.Rights.Edit != tt.edit || pass.Role == "" {
					t.Errorf("the page is told %+v", pass)
				}
				view(t, w, room, func(doc *crdt.Doc) {
					for what, of := range map[string]struct {
						update []byte
						may    bool
					}{"a note": {note, tt.note}, "an edit": {edit, tt.edit}} {
						changes, err := doc.Inspect(of.update)
						if err != nil {
							t.Fatal(err)
						}
						if err := pass.Refuse(doc, changes); (err == nil) != of.may {
							t.Errorf("%s: %v, want it to be let through: %v", what, err, of.may)
						}
					}
				})
			})
		}
		w.Clock.Move(20 * 24 * time.Hour)
		if _, err := w.Enter(t.Context(), student, room); err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(20 * 24 * time.Hour) // an open tab is not use
		for name, token := range map[string]auth.Token{"expired": student, "made up": "guess", "none": ""} {
			if _, err := w.Enter(t.Context(), token, room); !errors.Is(err, &classroom.Error{Code: classroom.Unauthenticated}) {
				t.Errorf("a session that is %s: %v", name, err)
			}
		}
	})
}

// keystroke returns the update of one character typed into a root.
func keystroke(t *testing.T, w *classroomtest.World, room uuid.UUID, root string) []byte {
	t.Helper()
	client := crdt.New(crdt.Options{})
	view(t, w, room, func(doc *crdt.Doc) {
		if err := client.Apply(doc.Encode(nil), nil); err != nil {
			t.Fatal(err)
		}
	})
	var update []byte
	client.OnUpdate(func(u []byte, _ any) { update = append(update, u...) })
	client.Transact(nil, func(tx *crdt.Transaction) { client.Text(root).Insert(tx, 0, "x") })
	return update
}

func TestDamagedStates_RefuseOneConversationAndHarmNoOther(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		w := classroomtest.New(t, db)
		ana := w.MakeAccount(t, "Ana", false)
		class := w.MakeClass(t, ana, "HIST 101")
		damaged := w.MakeConversation(t, ana, class.ID, models.VisibilityClass)
		sound := w.MakeConversation(t, ana, class.ID, models.VisibilityClass)
		if _, err := db.Write.NewUpdate().Model((*models.Conversation)(nil)).
			Set("crdt_state = ?", []byte{0, 0}).Where("id = ?", damaged.ID).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Export(t.Context(), ana, damaged.ID, "json"); err != nil {
			t.Errorf("with its previous state: %v", err)
		}
		if _, err := db.Write.ExecContext(t.Context(), "UPDATE previous_states SET state = ? WHERE conversation_id = ?", []byte{0, 0}, damaged.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Export(t.Context(), ana, damaged.ID, "json"); !errors.Is(err, models.ErrCorrupt) {
			t.Errorf("the damaged one: %v", err)
		}
		if _, err := w.Export(t.Context(), ana, sound.ID, "json"); err != nil {
			t.Errorf("the sound one: %v", err)
		}
		if list, err := w.Conversations(t.Context(), ana, class.ID); err != nil || len(list) != 2 {
			t.Errorf("the library has %d, %v", len(list), err)
		}
	})
}

func TestQuarantined_CanBeReadAndManagedAndNotWritten(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		w := classroomtest.New(t, db)
		ana := w.MakeAccount(t, "Ana", false)
		session, err := w.SignIn(t.Context(), classroom.SignInRequest{Name: "Ana", Passphrase: classroomtest.Passphrase}, classroom.Device{})
		if err != nil {
			t.Fatal(err)
		}
		class := w.MakeClass(t, ana, "HIST 101")
		room := w.MakeConversation(t, ana, class.ID, models.VisibilityClass)
		log := models.NewUpdateLog(db, w.Clock.Now)
		if err := log.Quarantine(t.Context(), room.ID, room.Generation, []models.Damage{{Seq: 1, Why: "missing"}}); err != nil {
			t.Fatal(err)
		}
		read, err := w.Conversation(t.Context(), ana, room.ID)
		if want := (models.ConversationRights{Manage: true, Moderate: true, Export: true}); err != nil || !read.Quarantined || read.Rights != want {
			t.Errorf("quarantined %v, rights %+v, %v", read.Quarantined, read.Rights, err)
		}
		pass, err := w.Enter(t.Context(), session.Token, room.ID)
		if err != nil || pass.Write {
			t.Errorf("write %v, %v", pass.Write, err)
		}
		quarantined := &classroom.Error{Code: classroom.Forbidden, Reason: "quarantined"}
		if _, err := w.UpdateConversation(t.Context(), ana, room.ID, models.ConversationUpdate{Title: models.Some("Rome")}); !errors.Is(err, quarantined) {
			t.Errorf("a new title: %v", err)
		}
		if _, err := w.UpdateConversation(t.Context(), ana, room.ID, models.ConversationUpdate{Frozen: models.Some(true)}); err != nil {
			t.Errorf("frozen: %v", err)
		}
	})
}

func TestDemo_EverybodyEntersEveryRoom(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		w := classroomtest.New(t, db)
		demo, err := w.Demo(t.Context(), classroomtest.Operator, 4, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(demo.Conversations) != 4 || len(demo.Sessions) != 3 {
			t.Fatalf("%d rooms and %d sessions", len(demo.Conversations), len(demo.Sessions))
		}
		for _, token := range demo.Sessions {
			for _, room := range demo.Conversations {
				if pass, err := w.Enter(t.Context(), token, room); err != nil || !pass.Write {
					t.Errorf("write %v, %v", pass.Write, err)
				}
			}
		}
		ana := w.MakeAccount(t, "Ana", true)
		if _, err := w.Demo(t.Context(), ana, 1, 1); !errors.Is(err, &classroom.Error{Code: classroom.Forbidden}) {
			t.Errorf("an administrator makes a demonstration: %v", err)
		}
		if _, err := w.Demo(t.Context(), classroomtest.Operator, 0, 1); !errors.Is(err, &classroom.Error{Code: classroom.Invalid}) {
			t.Errorf("a demonstration without rooms: %v", err)
		}
	})
}
