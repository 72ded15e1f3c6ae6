package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"grimoire/internal/app"
	"grimoire/internal/models"
)

type auditRequest struct {
	Since  time.Time `json:"since"`
	User   string    `json:"user"` // an e-mail address or an id; "" for everybody
	Class  uuid.UUID `json:"class"`
	Action string    `json:"action"`
	Limit  int       `json:"limit"`
}

var readAudit = app.Operation[auditRequest, []models.AuditRead]{Name: "audit",
	Run: func(ctx context.Context, a *app.App, r auditRequest) ([]models.AuditRead, error) {
		asked := models.AuditFilter{Since: r.Since, Class: r.Class, Action: r.Action}
		if strings.Contains(r.User, "@") {
			user, err := a.Classroom.UserByEmail(ctx, app.Operator, r.User)
			if err != nil {
				return nil, err
			}
			asked.User = user.ID
		} else if r.User != "" {
			var err error
			if asked.User, err = uuid.Parse(r.User); err != nil {
				return nil, err
			}
		}
		events, err := a.Classroom.Audit(ctx, app.Operator, asked, r.Limit)
		lines := make([]models.AuditRead, 0, len(events))
		for _, e := range events {
			lines = append(lines, e.Read())
		}
		return lines, err
	}}

func (c *cli) auditCommand() *cobra.Command {
	var since, user, class, action string
	var limit int
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show who did what: sign-ins, invites, roles, imports and the operator's own acts",
		Long: `Show who did what: sign-ins, invites, roles, imports and the operator's own acts.

The latest comes last. Without a name under BY it was the operator, or somebody who is not signed in. The audit
keeps ids only; names are those of today. With --json every id is printed.`,
		Example: `  grimoire audit --since 7d
  grimoire audit --user ana@school.example --action "sign in"
  grimoire audit --action "sign-in refused" --since 2026-11-01 --limit 1000
  grimoire audit --class 01980000-0000-7000-8000-000000000000 --json`,
		Args: words(),
		RunE: verb(c, readAudit, func([]string) (r auditRequest, err error) {
			r = auditRequest{User: user, Action: action, Limit: limit}
			if limit < 1 {
				return r, usageError{fmt.Errorf("--limit %d shows nothing; it is 1 or more", limit)}
			}
			if user != "" && !strings.Contains(user, "@") {
				if _, err = parseID("user", user); err != nil {
					return r, err
				}
			}
			if class != "" {
				if r.Class, err = parseID("class", class); err != nil {
					return r, err
				}
			}
			if since != "" {
				r.Since, err = parseSince(since, time.Now())
			}
			return r, err
		}, showAudit),
	}
	cmd.Flags().StringVar(&since, "since", "", "how long ago, such as 36h or 7d; a date; or a time, such as 2026-11-21T08:00:00Z")
	cmd.Flags().StringVar(&user, "user", "", "e-mail address or id of who did it, or to whom it was done")
	cmd.Flags().StringVar(&class, "class", "", "id of the class it was about")
	cmd.Flags().StringVar(&action, "action", "", `what was done, such as "create invite"`)
	cmd.Flags().IntVar(&limit, "limit", 100, "show so many of the latest")
	return cmd
}

// parseSince reads how long before now something was, or when.
func parseSince(text string, now time.Time) (time.Time, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return now.AddDate(0, 0, -int(n)), nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, now.Location()); err == nil {
		return day, nil
	}
	if moment, err := time.Parse(time.RFC3339, text); err == nil {
		return moment, nil
	}
	return time.Time{}, usageError{fmt.Errorf("--since %q is neither how long ago, such as 36h or 7d, nor a date, nor a time, such as 2026-11-21T08:00:00Z", text)}
}

func showAudit(out io.Writer, lines []models.AuditRead) {
	fmt.Fprintln(out, "WHEN\tWHAT\tBY\tCLASS\tABOUT")
	for _, l := range lines {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", l.CreatedAt.Local().Format(time.DateTime), l.Action,
			nameOr(l.ActorName, l.ActorID), nameOr(l.ClassName, l.ClassID), nameOr(l.SubjectName, l.SubjectID))
	}
}

// nameOr is a name, or the id of what has none.
func nameOr(name string, id *uuid.UUID) string {
	if id == nil {
		return "–"
	}
	return cmp.Or(name, id.String())
}
