package classroom_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	"grimoire/internal/auth"
	"grimoire/internal/classroom"
	"grimoire/internal/classroom/classroomtest"
	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

// Open sockets keep the rights they came in with until the rooms are told. Whatever moves rights tells them.
func TestRooms_AreToldOfWhateverMovesRights(t *testing.T) {
	type scene struct {
		*classroomtest.World
		classroom.Demo
		teacher, student auth.Actor
	}
	const passphrase = "staple staple staple"
	for name, row := range map[string]struct {
		do   func(ctx context.Context, s scene) error
		ends bool // the student's session, and otherwise the class is asked about again
	}{
		"freeze a conversation": {do: func(ctx context.Context, s scene) error {
			_, err := s.UpdateConversation(ctx, s.teacher, s.Conversations[0], models.ConversationUpdate{Frozen: models.Some(true)})
			return err
		}},
		"hide a conversation": {do: func(ctx context.Context, s scene) error {
			_, err := s.UpdateConversation(ctx, s.teacher, s.Conversations[0], models.ConversationUpdate{Visibility: models.Some(models.VisibilityPrivate)})
			return err
		}},
		"delete a conversation": {do: func(ctx context.Context, s scene) error {
			return s.DeleteConversation(ctx, s.teacher, s.Conversations[0])
		}},
		"archive a class": {do: func(ctx context.Context, s scene) error {
			_, err := s.UpdateClass(ctx, s.teacher, s.Class, models.ClassUpdate{Archived: models.Some(true)})
			return err
		}},
		"change a role": {do: func(ctx context.Context, s scene) error {
			_, err := s.UpdateMember(ctx, s.teacher, s.Class, s.student.UserID, models.EnrolmentUpdate{Role: models.Some(models.RoleViewer)})
			return err
		}},
		"remove a member": {do: func(ctx context.Context, s scene) error {
			return s.RemoveMember(ctx, s.teacher, s.Class, s.student.UserID)
		}},
		"rise by an invite": {do: func(ctx context.Context, s scene) error {
			r := models.InviteCreate{}
			r.Role = models.RoleTutor
			invite, err := s.CreateInvite(ctx, s.teacher, s.Class, r)
			if err == nil {
				_, err = s.Join(ctx, s.student, classroom.JoinRequest{Ticket: classroom.Ticket{Token: invite.Token.Reveal()}}, classroom.Device{})
			}
			return err
		}},
		"sign out": {ends: true, do: func(ctx context.Context, s scene) error { return s.SignOut(ctx, s.student) }},
		"sign out from another device": {ends: true, do: func(ctx context.Context, s scene) error {
			elsewhere := s.student
			elsewhere.SessionID = uuid.New()
			return s.EndSession(ctx, elsewhere, s.student.SessionID)
		}},
		"be disabled": {ends: true, do: func(ctx context.Context, s scene) error {
			_, err := s.UpdateUser(ctx, classroomtest.Operator, s.student.UserID, classroom.UserChange{Disabled: models.Some(true)})
			return err
		}},
		"be given a passphrase": {ends: true, do: func(ctx context.Context, s scene) error {
			_, err := s.UpdateUser(ctx, classroomtest.Operator, s.student.UserID, classroom.UserChange{Passphrase: models.Some(passphrase)})
			return err
		}},
		"change one's passphrase elsewhere": {ends: true, do: func(ctx context.Context, s scene) error {
			elsewhere := s.student
			elsewhere.SessionID = uuid.New()
			_, err := s.UpdateMe(ctx, elsewhere, classroom.MeUpdate{Passphrase: models.Some(passphrase)})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := scene{World: classroomtest.New(t, modelstest.SQLite(t))}
			demo, err := s.World.Demo(t.Context(), classroomtest.Operator, 1, 2)
			if err != nil {
				t.Fatal(err)
			}
			s.Demo = demo
			for i, actor := range []*auth.Actor{&s.teacher, &s.student} {
				if *actor, err = s.Authenticate(t.Context(), demo.Sessions[i]); err != nil {
					t.Fatal(err)
				}
			}
			s.Rooms.Told()
			if err := row.do(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			rechecked, ended := s.Rooms.Told()
			var classes, sessions []uuid.UUID
			if row.ends {
				sessions = []uuid.UUID{s.student.SessionID}
			} else {
				classes = []uuid.UUID{s.Class}
			}
			if !slices.Equal(rechecked, classes) || !slices.Equal(ended, sessions) {
				t.Errorf("told of the classes %v and the sessions %v, want %v and %v", rechecked, ended, classes, sessions)
			}
		})
	}
}
