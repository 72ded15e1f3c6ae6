package classroom_test

import (
	"errors"
	"testing"

	"grimoire/internal/classroom"
	"grimoire/internal/classroom/classroomtest"
	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

// The audit says of everybody when they were here: it is for whoever runs the server, and no administrator's.
func TestAudit_IsTheOperatorsAlone(t *testing.T) {
	w := classroomtest.New(t, modelstest.SQLite(t))
	ana := w.MakeAccount(t, "Ana", true)
	var refused *classroom.Error
	if events, err := w.Audit(t.Context(), ana, models.AuditFilter{}, 10); len(events) > 0 || !errors.As(err, &refused) || refused.Code != classroom.Forbidden {
		t.Errorf("an administrator is shown %v, %v", events, err)
	}
	events, err := w.Audit(t.Context(), classroomtest.Operator, models.AuditFilter{User: ana.UserID}, 10)
	if err != nil || len(events) == 0 || events[0].SubjectName != "Ana" {
		t.Errorf("the operator is shown %v, %v", events, err)
	}
}
