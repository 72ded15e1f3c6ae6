package auth

import (
	"github.com/google/uuid"

	"grimoire/internal/models"
)

// An Action is what somebody wants to do.
type Action string

// Actions about a class.
const (
	CreateClass   Action = "create class"
	SeeClass      Action = "see class and its members"
	ManageClass   Action = "settings, archive, rotate code, roles, remove member"
	InviteMembers Action = "invite students and viewers"
	InviteStaff   Action = "invite tutors and instructors"
	Import        Action = "import a conversation"
)

// Actions about a conversation. Whoever may not See it may do none of them.
const (
	See              Action = "see"
	EditText         Action = "edit or repair turns"
	Manage           Action = "rename, set visibility, delete"
	Annotate         Action = "highlight, tag, comment, react"
	AddTags          Action = "add class tags"
	ChangeLockedTags Action = "locked class tags"
	RemoveHighlight  Action = "remove a highlight"
	EditComment      Action = "edit a comment"
	DeleteComment    Action = "delete a comment"
	Respond          Action = "own response"
	Moderate         Action = "freeze, spotlight, present, undo everything by X"
	Export           Action = "export"
	Replay           Action = "replay, contribution"
)

// A Resource is what an action is about, as facts from rows. Leave out what
// the action is not about: for CreateClass only Role is needed, the highest
// one the asker has in any class.
type Resource struct {
	Role     models.Role // the asker's in the class; "" for no member
	Settings models.ClassSettings
	Archived bool

	Conversation bool // the fields below say which
	OwnerID      uuid.UUID
	Visibility   models.Visibility
	Submitted    bool
	Frozen       bool
	Quarantined  bool // its Doc has a hole, and takes no writing

	AuthorID uuid.UUID // of the highlight or comment, or the response's participant
}

// A standing is a column of the table: what the asker is to the resource. One
// person can have several, and may do what any of them allows.
type standing int

const (
	admin standing = iota
	instructor
	tutor
	owner
	classmate
	viewer
	standings
)

// A rule is a cell of the table; nil means never.
type rule func(Actor, Resource) bool

func always(Actor, Resource) bool        { return true }
func own(a Actor, r Resource) bool       { return r.AuthorID != uuid.Nil && r.AuthorID == a.UserID }
func ownsIt(a Actor, r Resource) bool    { return r.OwnerID != uuid.Nil && r.OwnerID == a.UserID }
func notFrozen(_ Actor, r Resource) bool { return !r.Frozen }
func stillOpen(_ Actor, r Resource) bool { return !r.Frozen && !r.Submitted }

func ownNotFrozen(a Actor, r Resource) bool { return own(a, r) && notFrozen(a, r) }
func visibleToAll(_ Actor, r Resource) bool { return r.Visibility == models.VisibilityClass }
func visibleOrOwn(a Actor, r Resource) bool { return visibleToAll(a, r) || ownsIt(a, r) }
func membersEdit(a Actor, r Resource) bool  { return r.Settings.MembersMayEdit && stillOpen(a, r) }
func visibleToStaff(a Actor, r Resource) bool {
	return r.Visibility == models.VisibilityStaff || visibleToAll(a, r)
}
func everyoneTags(a Actor, r Resource) bool {
	return r.Settings.WhoMayAddTags == models.EveryoneMayAddTags && notFrozen(a, r)
}

// reach says which other conditions a row has.
type reach int

const (
	ofClass  reach = iota // about the class itself
	reading               // about a conversation the asker may See
	writing               // the same, in a class that is not archived and a Doc that is whole
	steering              // the same, and no matter of the Doc
	growing               // adds to a class, which must not be archived
	sighting              // See itself
)

type row struct {
	reach reach
	cells [standings]rule
}

// table is the one place that says who may do what. A frozen conversation
// takes no writing from anybody but staff; a submitted one keeps its text.
//
//	admin   instructor      tutor           owner         classmate     viewer
var table = map[Action]row{
	CreateClass:   {ofClass, [standings]rule{always, always, nil, nil, nil, nil}},
	SeeClass:      {ofClass, [standings]rule{always, always, always, always, always, always}},
	ManageClass:   {ofClass, [standings]rule{always, always, nil, nil, nil, nil}},
	InviteMembers: {growing, [standings]rule{always, always, always, nil, nil, nil}},
	InviteStaff:   {growing, [standings]rule{always, always, nil, nil, nil, nil}},
	Import:        {growing, [standings]rule{always, always, always, always, always, nil}},

	See:              {sighting, [standings]rule{always, visibleToStaff, visibleToStaff, always, visibleToAll, visibleOrOwn}},
	EditText:         {writing, [standings]rule{always, always, nil, stillOpen, membersEdit, nil}},
	Manage:           {steering, [standings]rule{always, always, nil, notFrozen, nil, nil}},
	Annotate:         {writing, [standings]rule{always, always, always, notFrozen, notFrozen, nil}},
	AddTags:          {writing, [standings]rule{always, always, always, everyoneTags, everyoneTags, nil}},
	ChangeLockedTags: {writing, [standings]rule{always, always, nil, nil, nil, nil}},
	RemoveHighlight:  {writing, [standings]rule{always, always, own, ownNotFrozen, ownNotFrozen, nil}},
	EditComment:      {writing, [standings]rule{own, own, own, ownNotFrozen, ownNotFrozen, nil}},
	DeleteComment:    {writing, [standings]rule{always, always, always, notFrozen, ownNotFrozen, nil}},
	Respond:          {writing, [standings]rule{nil, own, own, ownNotFrozen, ownNotFrozen, nil}},
	Moderate:         {steering, [standings]rule{always, always, always, nil, nil, nil}},
	Export:           {reading, [standings]rule{always, always, always, always, always, nil}},
	Replay:           {reading, [standings]rule{always, always, always, always, nil, nil}},
}

// Can reports whether a may do action to r. What the table does not name is
// refused.
func Can(a Actor, action Action, r Resource) bool {
	row, known := table[action]
	if !known || a.Nobody() {
		return false
	}
	switch row.reach {
	case reading, writing, steering:
		if !Can(a, See, r) {
			return false
		}
	case sighting:
		if !r.Conversation {
			return false
		}
	}
	if r.Archived && (row.reach == writing || row.reach == steering || row.reach == growing) {
		return false
	}
	if r.Quarantined && row.reach == writing {
		return false
	}
	for column, rule := range row.cells {
		if rule != nil && holds(a, standing(column), r) && rule(a, r) {
			return true
		}
	}
	return false
}

// holds reports whether a has the given standing to r. A viewer stays one in
// front of what is his own, so that demoting a student takes effect there too.
func holds(a Actor, s standing, r Resource) bool {
	switch s {
	case admin:
		return a.Admin || a.Operator
	case instructor:
		return r.Role == models.RoleInstructor
	case tutor:
		return r.Role == models.RoleTutor
	case owner:
		return ownsIt(a, r) && (r.Role == models.RoleInstructor || r.Role == models.RoleTutor || r.Role == models.RoleStudent)
	case classmate:
		return r.Role == models.RoleStudent
	case viewer:
		return r.Role == models.RoleViewer
	}
	return false
}
