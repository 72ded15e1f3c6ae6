package classroom

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"grimoire/internal/annotation"
	"grimoire/internal/auth"
	"grimoire/internal/models"
)

// A Demo is a class made for a load test or a screenshot: everybody in it may
// enter and write in every conversation.
type Demo struct {
	Class         uuid.UUID
	Conversations []uuid.UUID
	Sessions      []auth.Token // one for each member
}

// Demo makes a class with rooms conversations and clients members who are
// signed in. All of it is written in one transaction, thousands in seconds.
func (c *Classroom) Demo(ctx context.Context, actor auth.Actor, rooms, clients int) (Demo, error) {
	if !actor.Operator {
		return Demo{}, operatorOnly()
	}
	if rooms < 1 || clients < 1 {
		return Demo{}, invalid("rooms", "A demonstration has at least one conversation and one member.")
	}
	state, err := annotation.Seed(c.random, demoTitle, demoTurns)
	if err != nil {
		return Demo{}, err
	}
	class := &models.Class{Settings: models.DefaultClassSettings()}
	class.ID, class.CreatedAt, class.Name = models.NewID(), c.now(), "Demonstration"
	demo := Demo{Class: class.ID}
	users, enrolments, sessions, err := c.demoMembers(&demo, clients)
	if err != nil {
		return Demo{}, err
	}
	class.OwnerID = users[0].ID
	enrolments[0].Role = models.RoleInstructor
	conversations := c.demoConversations(&demo, rooms, class.OwnerID, state)
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := models.InsertUsers(ctx, tx, users...); err != nil {
			return err
		}
		if err := models.InsertClasses(ctx, tx, class); err != nil {
			return err
		}
		if err := models.InsertEnrolments(ctx, tx, enrolments...); err != nil {
			return err
		}
		if err := models.InsertSessions(ctx, tx, sessions...); err != nil {
			return err
		}
		if err := models.InsertConversations(ctx, tx, conversations...); err != nil {
			return err
		}
		return c.audit(ctx, tx, actor, "make demonstration", class.ID, class.ID)
	})
	return demo, err
}

func (c *Classroom) demoMembers(demo *Demo, n int) ([]*models.User, []*models.Enrolment, []*models.Session, error) {
	var users []*models.User
	var enrolments []*models.Enrolment
	var sessions []*models.Session
	for i := range n {
		user := &models.User{}
		user.ID, user.CreatedAt = models.NewID(), c.now()
		user.DisplayName = fmt.Sprintf("Reader %d", i+1)
		token, err := auth.NewSessionToken(c.random)
		if err != nil {
			return nil, nil, nil, err
		}
		users = append(users, user)
		enrolments = append(enrolments, c.enrol(demo.Class, user.ID, models.RoleStudent))
		sessions = append(sessions, c.newSession(user.ID, token, Device{UserAgent: "demonstration"}, false))
		demo.Sessions = append(demo.Sessions, token)
	}
	return users, enrolments, sessions, nil
}

// demoConversations are all seeded with the same state: each is a Doc of its own.
func (c *Classroom) demoConversations(demo *Demo, n int, owner uuid.UUID, state []byte) []*models.Conversation {
	var rows []*models.Conversation
	for i := range n {
		row := &models.Conversation{ClassID: demo.Class, OwnerID: owner, Generation: 1, CRDTState: state}
		row.ID, row.CreatedAt = models.NewID(), c.now()
		row.Title, row.Source, row.Visibility = demoTitle, "plain", models.VisibilityClass
		if n > 1 {
			row.Title = fmt.Sprintf("%s (%d)", demoTitle, i+1)
		}
		row.ImportReport = report(models.ImportReport{}, len(demoTurns))
		rows = append(rows, row)
		demo.Conversations = append(demo.Conversations, row.ID)
	}
	return rows
}

const demoTitle = "Why do the leaves turn?"

var demoTurns = []annotation.Turn{
	{Role: "user", Kind: "message", Markdown: "Why do leaves change their colour in autumn? My little brother asks."},
	{Role: "assistant", Kind: "message", Markdown: "In summer a leaf is full of **chlorophyll**, the green stuff that catches light. " +
		"When the days grow shorter, the tree stops making it and takes back what it can use.\n\n" +
		"What was there all the time then shows:\n\n- *carotenoids*, yellow and orange\n- *tannins*, brown\n\n" +
		"The reds are different. Those are made freshly, just before the leaf falls. All scientists agree that they protect it from the sun."},
	{Role: "user", Kind: "message", Markdown: "Do they really all agree? Who says so?"},
	{Role: "assistant", Kind: "message", Markdown: "No, I put that too strongly. Protection from light is one idea; " +
		"another is that red warns insects away from a tree that defends itself well. Both are still being argued about."},
}
