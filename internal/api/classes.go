package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"grimoire/internal/auth"
	"grimoire/internal/models"
)

type (
	// ClassInput and others below are exported because huma does not look into
	// embedded structs that are not.
	ClassInput struct {
		ID uuid.UUID `path:"id" format:"uuid" doc:"Of the class"`
	}
	MemberInput struct {
		ID     uuid.UUID `path:"id" format:"uuid" doc:"Of the class"`
		UserID uuid.UUID `path:"user_id" format:"uuid"`
	}
	classOutput struct {
		Body models.ClassRead
	}
	classList struct {
		Classes []models.ClassRead `json:"classes"`
	}
	memberOutput struct {
		Body models.EnrolmentRead
	}
	memberList struct {
		Members []models.EnrolmentRead `json:"members"`
	}
)

const classes = "classes"

func (s *server) classRoutes(api huma.API) {
	signedIn(s, api, operation("GET", "/classes", "listClasses", "The classes one is in", classes, 200), s.listClasses)
	signedIn(s, api, operation("POST", "/classes", "createClass", "Make a class", classes, 201), s.createClass)
	signedIn(s, api, operation("GET", "/classes/{id}", "getClass", "One class", classes, 200), s.getClass)
	signedIn(s, api, operation("PATCH", "/classes/{id}", "updateClass", "Rename, set up or archive a class", classes, 200), s.updateClass)
	signedIn(s, api, operation("GET", "/classes/{id}/members", "listMembers", "Who is in a class", classes, 200), s.listMembers)
	signedIn(s, api, operation("PATCH", "/classes/{id}/members/{user_id}", "updateMember", "Change somebody's role or section", classes, 200), s.updateMember)
	signedIn(s, api, operation("DELETE", "/classes/{id}/members/{user_id}", "removeMember", "Remove somebody from a class", classes, 204), s.removeMember)
}

func (s *server) listClasses(ctx context.Context, actor auth.Actor, _ *none) (*struct{ Body classList }, error) {
	list, err := s.classroom.Classes(ctx, actor)
	return &struct{ Body classList }{classList{list}}, err
}

func (s *server) createClass(ctx context.Context, actor auth.Actor, in *struct{ Body models.ClassCreate }) (*classOutput, error) {
	class, err := s.classroom.CreateClass(ctx, actor, actor.UserID, in.Body)
	return &classOutput{class}, err
}

func (s *server) getClass(ctx context.Context, actor auth.Actor, in *ClassInput) (*classOutput, error) {
	class, err := s.classroom.Class(ctx, actor, in.ID)
	return &classOutput{class}, err
}

func (s *server) updateClass(ctx context.Context, actor auth.Actor, in *struct {
	ClassInput
	Body models.ClassUpdate
}) (*classOutput, error) {
	class, err := s.classroom.UpdateClass(ctx, actor, in.ID, in.Body)
	return &classOutput{class}, err
}

func (s *server) listMembers(ctx context.Context, actor auth.Actor, in *ClassInput) (*struct{ Body memberList }, error) {
	list, err := s.classroom.Members(ctx, actor, in.ID)
	return &struct{ Body memberList }{memberList{list}}, err
}

func (s *server) updateMember(ctx context.Context, actor auth.Actor, in *struct {
	MemberInput
	Body models.EnrolmentUpdate
}) (*memberOutput, error) {
	member, err := s.classroom.UpdateMember(ctx, actor, in.ID, in.UserID, in.Body)
	return &memberOutput{member}, err
}

func (s *server) removeMember(ctx context.Context, actor auth.Actor, in *MemberInput) (*none, error) {
	return nil, s.classroom.RemoveMember(ctx, actor, in.ID, in.UserID)
}
