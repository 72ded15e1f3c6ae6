package classroom

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"grimoire/internal/auth"
	"grimoire/internal/models"
)

// Classes returns the classes the actor is in, the newest first; the operator
// sees all.
func (c *Classroom) Classes(ctx context.Context, actor auth.Actor) ([]models.ClassRead, error) {
	var rows []*models.Class
	var err error
	if actor.Operator {
		rows, err = models.ListAllClasses(ctx, c.db.Read, actor.UserID)
	} else {
		rows, err = models.ListClasses(ctx, c.db.Read, actor.UserID)
	}
	if err != nil {
		return nil, err
	}
	classes := make([]models.ClassRead, 0, len(rows))
	for _, row := range rows {
		classes = append(classes, row.Read())
	}
	return classes, nil
}

// Class returns one class.
func (c *Classroom) Class(ctx context.Context, actor auth.Actor, id uuid.UUID) (models.ClassRead, error) {
	if _, err := c.findClass(ctx, c.db.Read, actor, auth.SeeClass, id); err != nil {
		return models.ClassRead{}, err
	}
	return c.readClass(ctx, c.db.Read, actor, id)
}

func (c *Classroom) readClass(ctx context.Context, db bun.IDB, actor auth.Actor, id uuid.UUID) (models.ClassRead, error) {
	row, err := models.GetClassFor(ctx, db, id, actor.UserID)
	if err != nil {
		return models.ClassRead{}, missing(err, noClass)
	}
	return row.Read(), nil
}

// CreateClass makes a class whose owner is its first instructor. Only the
// operator makes classes for others.
func (c *Classroom) CreateClass(ctx context.Context, actor auth.Actor, owner uuid.UUID, r models.ClassCreate) (models.ClassRead, error) {
	allowed, err := c.mayCreateClasses(ctx, c.db.Read, actor)
	if err != nil {
		return models.ClassRead{}, err
	}
	if !allowed || owner != actor.UserID && !actor.Operator {
		return models.ClassRead{}, fail(Forbidden, "Only teachers can make classes. Ask whoever runs this server.", nil)
	}
	class := &models.Class{OwnerID: owner, Settings: models.DefaultClassSettings()}
	class.ID, class.CreatedAt = models.NewID(), c.now()
	if class.Name, err = cleanName("name", r.Name, maxClassName); err != nil {
		return models.ClassRead{}, err
	}
	var read models.ClassRead
	err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := models.InsertClasses(ctx, tx, class); err != nil {
			return missing(err, "The owner has no account here.")
		}
		if err := models.InsertEnrolments(ctx, tx, c.enrol(class.ID, owner, models.RoleInstructor)); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, actor, "create class", class.ID, owner); err != nil {
			return err
		}
		read, err = c.readClass(ctx, tx, actor, class.ID)
		return err
	})
	return read, err
}

func (c *Classroom) enrol(class, user uuid.UUID, role models.Role) *models.Enrolment {
	row := &models.Enrolment{ClassID: class, UserID: user}
	row.ID, row.CreatedAt = models.NewID(), c.now()
	row.Role = role
	return row
}

func (c *Classroom) mayCreateClasses(ctx context.Context, db bun.IDB, actor auth.Actor) (bool, error) {
	var highest models.Role
	teaches, err := models.HasRole(ctx, db, actor.UserID, models.RoleInstructor)
	if teaches {
		highest = models.RoleInstructor
	}
	return auth.Can(actor, auth.CreateClass, auth.Resource{Role: highest}), err
}

// UpdateClass renames, sets up, archives or reopens a class. Everybody in its
// conversations is asked again what they may do.
func (c *Classroom) UpdateClass(ctx context.Context, actor auth.Actor, id uuid.UUID, r models.ClassUpdate) (models.ClassRead, error) {
	if r.Settings.Anonymity.Or(false) {
		// A promise to people who write that nothing keeps yet.
		return models.ClassRead{}, invalid("settings.anonymity", "Members of a class see each other's names in this version.")
	}
	var read models.ClassRead
	err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		class, err := c.holdClass(ctx, tx, actor, auth.ManageClass, id)
		if err != nil {
			return err
		}
		columns := r.Patch(class, c.now())
		if class.Name, err = cleanName("name", class.Name, maxClassName); err != nil {
			return err
		}
		if err := models.UpdateClass(ctx, tx, class, columns...); err != nil {
			return err
		}
		if _, err := models.RaisePolicyEpoch(ctx, tx, id); err != nil {
			return err
		}
		if err := c.audit(ctx, tx, actor, "change class", id, id); err != nil {
			return err
		}
		read, err = c.readClass(ctx, tx, actor, id)
		return err
	})
	if err != nil {
		return models.ClassRead{}, err
	}
	c.rooms.Recheck(id)
	return read, nil
}

// Members returns who is in a class.
func (c *Classroom) Members(ctx context.Context, actor auth.Actor, class uuid.UUID) ([]models.EnrolmentRead, error) {
	if _, err := c.findClass(ctx, c.db.Read, actor, auth.SeeClass, class); err != nil {
		return nil, err
	}
	rows, err := models.ListEnrolments(ctx, c.db.Read, class)
	if err != nil {
		return nil, err
	}
	members := make([]models.EnrolmentRead, 0, len(rows))
	for _, row := range rows {
		members = append(members, row.Read())
	}
	return members, nil
}

// UpdateMember changes somebody's role or section in a class. The owner of a
// class stays its instructor.
func (c *Classroom) UpdateMember(ctx context.Context, actor auth.Actor, class, user uuid.UUID, r models.EnrolmentUpdate) (models.EnrolmentRead, error) {
	var member *models.Enrolment
	err := c.changeMember(ctx, actor, class, user, "change member", func(ctx context.Context, tx bun.Tx, row *models.Enrolment, owner bool) error {
		columns := r.Patch(row)
		if owner && row.Role != models.RoleInstructor {
			return fail(Conflict, "Whoever owns a class stays its instructor.", nil)
		}
		member = row
		return models.UpdateEnrolment(ctx, tx, row, columns...)
	})
	if err != nil {
		return models.EnrolmentRead{}, err
	}
	return member.Read(), nil
}

// RemoveMember takes somebody out of a class and closes what they have open
// there. What they wrote stays.
func (c *Classroom) RemoveMember(ctx context.Context, actor auth.Actor, class, user uuid.UUID) error {
	return c.changeMember(ctx, actor, class, user, "remove member", func(ctx context.Context, tx bun.Tx, row *models.Enrolment, owner bool) error {
		if owner {
			return fail(Conflict, "Whoever owns a class cannot be removed from it.", nil)
		}
		return models.DeleteEnrolment(ctx, tx, class, user)
	})
}

// changeMember lets change do something to somebody's place in a class, and
// then has the rooms ask again who may do what.
func (c *Classroom) changeMember(ctx context.Context, actor auth.Actor, classID, user uuid.UUID, what string,
	change func(ctx context.Context, tx bun.Tx, row *models.Enrolment, owner bool) error) error {
	err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		class, err := c.holdClass(ctx, tx, actor, auth.ManageClass, classID)
		if err != nil {
			return err
		}
		row, err := models.GetEnrolment(ctx, tx, classID, user)
		if err != nil {
			return missing(err, "There is no such person in this class.")
		}
		if err := change(ctx, tx, row, class.OwnerID == user); err != nil {
			return err
		}
		if _, err := models.RaisePolicyEpoch(ctx, tx, classID); err != nil {
			return err
		}
		return c.audit(ctx, tx, actor, what, classID, user)
	})
	if err != nil {
		return err
	}
	c.rooms.Recheck(classID)
	return nil
}

// holdClass returns a class as findClass does, and makes others who hold it
// wait for the end of the transaction.
func (c *Classroom) holdClass(ctx context.Context, tx bun.Tx, actor auth.Actor, action auth.Action, id uuid.UUID) (*models.Class, error) {
	if err := models.HoldClass(ctx, tx, id); err != nil {
		return nil, missing(err, noClass)
	}
	return c.findClass(ctx, tx, actor, action, id)
}

// findClass returns a class in which the actor may do action. Whoever may not
// even see the class learns only that there is none.
func (c *Classroom) findClass(ctx context.Context, db bun.IDB, actor auth.Actor, action auth.Action, id uuid.UUID) (*models.Class, error) {
	class, err := models.GetClass(ctx, db, id)
	if err != nil {
		return nil, missing(err, noClass)
	}
	resource, err := c.classResource(ctx, db, actor, class)
	switch {
	case err != nil:
		return nil, err
	case !auth.Can(actor, auth.SeeClass, resource):
		return nil, fail(NotFound, noClass, nil)
	case !auth.Can(actor, action, resource):
		return nil, refused(resource)
	}
	return class, nil
}

// classResource returns what class is to the actor.
func (c *Classroom) classResource(ctx context.Context, db bun.IDB, actor auth.Actor, class *models.Class) (auth.Resource, error) {
	resource := auth.Resource{Settings: class.Settings, Archived: class.ArchivedAt != nil}
	enrolment, err := models.GetEnrolment(ctx, db, class.ID, actor.UserID)
	if errors.Is(err, models.ErrNotFound) {
		return resource, nil // no member: no role
	}
	if err != nil {
		return resource, err
	}
	resource.Role = enrolment.Role
	return resource, nil
}

// refused says why somebody who may see a thing may not do something to it.
func refused(r auth.Resource) error {
	switch sentence := hindrance(r); {
	case r.Archived:
		return &Error{Code: Forbidden, Reason: "archived", Message: sentence}
	case r.Quarantined:
		return &Error{Code: Forbidden, Reason: "quarantined", Message: sentence}
	case r.Frozen:
		return &Error{Code: Forbidden, Reason: "frozen", Message: sentence}
	}
	return fail(Forbidden, "Your role in this class does not allow this.", nil)
}

// hindrance says what keeps people from changing a thing, whoever they are; ""
// if nothing does.
func hindrance(r auth.Resource) string {
	switch {
	case r.Archived:
		return "This class is archived: it can be read and not changed."
	case r.Quarantined:
		return "Part of this conversation is damaged. It can be read, and not changed until whoever runs the server has recovered it."
	case r.Frozen:
		return "This conversation is frozen."
	case r.Submitted:
		return "This conversation was submitted: its text stays as it is."
	}
	return ""
}
