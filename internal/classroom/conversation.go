package classroom

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"grimoire/internal/annotation"
	"grimoire/internal/auth"
	"grimoire/internal/crdt"
	"grimoire/internal/models"
)

// Conversations returns those of a class that the actor may see, the newest first.
func (c *Classroom) Conversations(ctx context.Context, actor auth.Actor, classID uuid.UUID) ([]models.ConversationItem, error) {
	class, err := c.findClass(ctx, c.db.Read, actor, auth.SeeClass, classID)
	if err != nil {
		return nil, err
	}
	resource, err := c.classResource(ctx, c.db.Read, actor, class)
	if err != nil {
		return nil, err
	}
	rows, err := models.ListConversations(ctx, c.db.Read, classID, actor.UserID, seen(actor, resource)...)
	if err != nil {
		return nil, err
	}
	items := make([]models.ConversationItem, 0, len(rows))
	for _, row := range rows {
		items = append(items, row.Item())
	}
	return items, nil
}

// seen returns the visibilities of other people's conversations in a class
// that the actor may see.
func seen(actor auth.Actor, class auth.Resource) []models.Visibility {
	var list []models.Visibility
	for _, v := range []models.Visibility{models.VisibilityPrivate, models.VisibilityStaff, models.VisibilityClass} {
		class.Conversation, class.Visibility = true, v
		if auth.Can(actor, auth.See, class) {
			list = append(list, v)
		}
	}
	return list
}

// Conversation returns one conversation and what the actor may do in it.
func (c *Classroom) Conversation(ctx context.Context, actor auth.Actor, id uuid.UUID) (models.ConversationRead, error) {
	row, resource, err := c.findConversation(ctx, c.db.Read, actor, auth.See, id)
	if err != nil {
		return models.ConversationRead{}, err
	}
	return row.Read(resource.Role, rightsOf(actor, resource)), c.noteReveal(ctx, actor, row, resource)
}

// readConversation is Conversation within a transaction.
func (c *Classroom) readConversation(ctx context.Context, db bun.IDB, actor auth.Actor, id uuid.UUID) (models.ConversationRead, error) {
	row, resource, err := c.findConversation(ctx, db, actor, auth.See, id)
	if err != nil {
		return models.ConversationRead{}, err
	}
	return row.Read(resource.Role, rightsOf(actor, resource)), nil
}

func rightsOf(actor auth.Actor, r auth.Resource) models.ConversationRights {
	return models.ConversationRights{
		Edit:     auth.Can(actor, auth.EditText, r),
		Annotate: auth.Can(actor, auth.Annotate, r),
		Manage:   auth.Can(actor, auth.Manage, r),
		Moderate: auth.Can(actor, auth.Moderate, r),
		Export:   auth.Can(actor, auth.Export, r),
		Remove:   auth.Can(actor, auth.RemoveHighlight, r),
	}
}

// UpdateConversation renames a conversation, shows or hides it, freezes or
// thaws it. Everybody in it is asked again what they may do.
func (c *Classroom) UpdateConversation(ctx context.Context, actor auth.Actor, id uuid.UUID, r models.ConversationUpdate) (models.ConversationRead, error) {
	var read models.ConversationRead
	err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := c.authoriseUpdate(ctx, tx, actor, id, r)
		if err != nil {
			return err
		}
		columns := r.Patch(row, c.now())
		if row.Title, err = cleanName("title", row.Title, maxTitle); err != nil {
			return err
		}
		if err := models.UpdateConversation(ctx, tx, row, columns...); err != nil {
			return err
		}
		if _, err := models.RaisePolicyEpoch(ctx, tx, row.ClassID); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, actor, "change conversation: "+strings.Join(columns, ", "), row.ClassID, id); err != nil {
			return err
		}
		read, err = c.readConversation(ctx, tx, actor, id)
		return err
	})
	if err != nil {
		return models.ConversationRead{}, err
	}
	c.rooms.Recheck(read.ClassID)
	if r.Title.Given {
		err = c.rooms.Edit(ctx, id, actor.UserID, func(doc *crdt.Doc) error {
			annotation.SetTitle(doc, read.Title)
			return nil
		})
	}
	return read, damaged(err)
}

// authoriseUpdate asks for each part of an update whether the actor may do it.
func (c *Classroom) authoriseUpdate(ctx context.Context, tx bun.Tx, actor auth.Actor, id uuid.UUID, r models.ConversationUpdate) (*models.Conversation, error) {
	row, resource, err := c.findConversation(ctx, tx, actor, auth.See, id)
	if err != nil {
		return nil, err
	}
	for _, part := range []struct {
		given  bool
		action auth.Action
	}{{r.Frozen.Given, auth.Moderate}, {r.Title.Given || r.Visibility.Given, auth.Manage}} {
		if part.given && !auth.Can(actor, part.action, resource) {
			return nil, refused(resource)
		}
	}
	if r.Title.Given && row.Quarantined { // the title stands in the Doc too
		return nil, refused(resource)
	}
	return row, nil
}

// DeleteConversation hides a conversation for good and closes it for everybody.
func (c *Classroom) DeleteConversation(ctx context.Context, actor auth.Actor, id uuid.UUID) error {
	var class uuid.UUID
	err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, _, err := c.findConversation(ctx, tx, actor, auth.Manage, id)
		if err != nil {
			return err
		}
		class = row.ClassID
		if err := models.DeleteConversation(ctx, tx, id, c.now()); err != nil {
			return missing(err, noConversation)
		}
		if _, err := models.RaisePolicyEpoch(ctx, tx, class); err != nil {
			return err
		}
		return c.audit(ctx, tx, actor, "delete conversation", class, id)
	})
	if err != nil {
		return err
	}
	c.rooms.Recheck(class)
	return nil
}

// findConversation returns a conversation to which the actor may do action,
// and what it is to the actor. Whoever may not see it learns only that there
// is none.
func (c *Classroom) findConversation(ctx context.Context, db bun.IDB, actor auth.Actor, action auth.Action, id uuid.UUID) (*models.Conversation, auth.Resource, error) {
	row, err := models.GetConversation(ctx, db, id)
	if err != nil {
		return nil, auth.Resource{}, missing(err, noConversation)
	}
	resource, err := c.classResource(ctx, db, actor, row.Class)
	if err != nil {
		return nil, auth.Resource{}, err
	}
	resource.Conversation = true
	resource.OwnerID = row.OwnerID
	resource.Visibility = row.Visibility
	resource.Submitted = row.SubmittedAt != nil
	resource.Frozen = row.FrozenAt != nil
	resource.Quarantined = row.Quarantined
	switch {
	case !auth.Can(actor, auth.See, resource):
		return nil, auth.Resource{}, fail(NotFound, noConversation, nil)
	case !auth.Can(actor, action, resource):
		return nil, auth.Resource{}, refused(resource)
	}
	return row, resource, nil
}

// noteReveal keeps a line when an administrator sees what only being one lets
// them see: one an hour for each conversation.
func (c *Classroom) noteReveal(ctx context.Context, actor auth.Actor, row *models.Conversation, resource auth.Resource) error {
	if !actor.Admin {
		return nil
	}
	plain := actor
	plain.Admin = false
	if auth.Can(plain, auth.See, resource) || !c.limits.reveals.take(actor.UserID.String()+row.ID.String()) {
		return nil
	}
	return c.audit(ctx, c.db.Write, actor, "see as administrator", row.ClassID, row.ID)
}
