package classroom_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"grimoire/internal/classroom"
	"grimoire/internal/classroom/classroomtest"
	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

func TestRepair_IsTheOperatorsAlone(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		w := classroomtest.New(t, db)
		admin := w.MakeAccount(t, "Ana", true)
		room := w.MakeConversation(t, admin, w.MakeClass(t, admin, "HIST 101").ID, models.VisibilityClass)
		for name, do := range map[string]func() error{
			"list":    func() error { _, err := w.ConversationIDs(t.Context(), admin); return err },
			"verify":  func() error { _, err := w.VerifyConversation(t.Context(), admin, room.ID); return err },
			"compact": func() error { return w.CompactConversation(t.Context(), admin, room.ID) },
			"recover": func() error { _, err := w.RecoverConversation(t.Context(), admin, room.ID, true); return err },
		} {
			if err := do(); !errors.Is(err, &classroom.Error{Code: classroom.Forbidden}) {
				t.Errorf("%s by an administrator: %v", name, err)
			}
		}
		if _, err := w.VerifyConversation(t.Context(), classroomtest.Operator, uuid.New()); !errors.Is(err, &classroom.Error{Code: classroom.NotFound}) {
			t.Errorf("an unknown conversation: %v", err)
		}
	})
}

func TestRecover_ThawsADamagedConversationAndTellsItsClass(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		w := classroomtest.New(t, db)
		ana := w.MakeAccount(t, "Ana", false)
		class := w.MakeClass(t, ana, "HIST 101")
		sound, room := w.MakeConversation(t, ana, class.ID, models.VisibilityClass), w.MakeConversation(t, ana, class.ID, models.VisibilityClass)
		if ids, err := w.ConversationIDs(t.Context(), classroomtest.Operator); err != nil || !slices.Equal(ids, []uuid.UUID{sound.ID, room.ID}) {
			t.Errorf("conversations are %v, %v", ids, err)
		}
		log := models.NewUpdateLog(db, w.Clock.Now)
		update := keystroke(t, w, room.ID, "notes")
		if _, err := log.Append(t.Context(), []models.Batch{{Conversation: room.ID, Generation: room.Generation, Rows: []models.UpdateRow{{User: ana.UserID, Bytes: update}}}}); err != nil {
			t.Fatal(err)
		}
		if err := log.Quarantine(t.Context(), room.ID, room.Generation, []models.Damage{{Seq: 1, Why: "damaged by a test"}}); err != nil {
			t.Fatal(err)
		}
		w.Rooms.Told()
		quarantined := func() bool {
			read, err := w.Conversation(t.Context(), ana, room.ID)
			if err != nil {
				t.Fatal(err)
			}
			return read.Quarantined
		}
		if report, err := w.RecoverConversation(t.Context(), classroomtest.Operator, room.ID, false); err != nil || len(report.Lost) != 1 {
			t.Errorf("a dry run: %+v, %v", report, err)
		}
		if told, _ := w.Rooms.Told(); !quarantined() || told != nil {
			t.Error("a dry run changed something")
		}
		if report, err := w.RecoverConversation(t.Context(), classroomtest.Operator, room.ID, true); err != nil || len(report.Lost) != 1 {
			t.Errorf("recovered: %+v, %v", report, err)
		}
		if told, _ := w.Rooms.Told(); quarantined() || !slices.Equal(told, []uuid.UUID{class.ID}) {
			t.Errorf("quarantined %v, rechecked %v", quarantined(), told)
		}
		if report, err := w.RecoverConversation(t.Context(), classroomtest.Operator, sound.ID, true); err != nil || len(report.Faults) != 0 {
			t.Errorf("a sound one: %+v, %v", report, err)
		}
		if told, _ := w.Rooms.Told(); told != nil {
			t.Error("the class of a sound one was told")
		}
	})
}
