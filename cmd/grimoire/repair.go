package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"grimoire/internal/app"
	"grimoire/internal/classroom"
)

// repairRequest names one conversation, or all of them.
type repairRequest struct {
	ID    *uuid.UUID `json:"id"` // null: all
	Write bool       `json:"write"`
}

// compacted is what became of one conversation.
type compacted struct {
	ID  uuid.UUID `json:"id"`
	Why string    `json:"why"` // it was not compacted; empty: it was
}

var (
	verifyConversation = app.Operation[repairRequest, []classroom.Report]{Name: "conversation/verify",
		Run: func(ctx context.Context, a *app.App, r repairRequest) ([]classroom.Report, error) {
			return eachConversation(ctx, a, r, func(id uuid.UUID) (classroom.Report, error) {
				return a.Classroom.VerifyConversation(ctx, app.Operator, id)
			})
		}}

	compactConversation = app.Operation[repairRequest, []compacted]{Name: "conversation/compact",
		Run: func(ctx context.Context, a *app.App, r repairRequest) ([]compacted, error) {
			return eachConversation(ctx, a, r, func(id uuid.UUID) (compacted, error) {
				err := a.Classroom.CompactConversation(ctx, app.Operator, id)
				if refused := new(classroom.Error); err == nil || ctx.Err() != nil || errors.As(err, &refused) {
					return compacted{ID: id}, err
				}
				return compacted{ID: id, Why: err.Error()}, nil // the others still may be
			})
		}}

	recoverConversation = app.Operation[repairRequest, []classroom.Report]{Name: "conversation/recover",
		Run: func(ctx context.Context, a *app.App, r repairRequest) ([]classroom.Report, error) {
			return eachConversation(ctx, a, r, func(id uuid.UUID) (classroom.Report, error) {
				return a.Classroom.RecoverConversation(ctx, app.Operator, id, r.Write)
			})
		}}
)

// eachConversation does something to the conversation of r, or to all.
func eachConversation[T any](ctx context.Context, a *app.App, r repairRequest, do func(uuid.UUID) (T, error)) ([]T, error) {
	var ids []uuid.UUID
	if r.ID != nil {
		ids = append(ids, *r.ID)
	} else if all, err := a.Classroom.ConversationIDs(ctx, app.Operator); err != nil {
		return nil, err
	} else {
		ids = all
	}
	results := make([]T, 0, len(ids))
	for _, id := range ids {
		result, err := do(id)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}

func (c *cli) repairCommands() []*cobra.Command {
	verify := repairCommand(c, "verify", nil, verifyConversation, showVerified, func(reports []classroom.Report) error {
		if n := damagedAmong(reports); n > 0 {
			return fmt.Errorf("damaged: %d of %d; see 'grimoire conversation recover --help'", n, len(reports))
		}
		return nil
	})
	verify.Short = "Read everything that is stored of a conversation and say whether it is sound"
	verify.Long = `Read everything that is stored of a conversation and say whether it is sound.

Every checksum is compared, and the conversation is opened from each of its two states. Nothing is changed.
One line is printed for each conversation. The exit status is 1 when one is damaged.`
	verify.Example = `  grimoire conversation verify 0198…
  grimoire conversation verify --all`

	compact := repairCommand(c, "compact", nil, compactConversation, showCompacted, func(results []compacted) error {
		failed := 0
		for _, result := range results {
			if result.Why != "" {
				failed++
			}
		}
		if failed > 0 {
			return fmt.Errorf("not compacted: %d of %d", failed, len(results))
		}
		return nil
	})
	compact.Short = "Write a new state of a conversation now, so that it opens quickly"
	compact.Long = `Write a new state of a conversation now, so that it opens quickly.

The server does so by itself when enough has changed. The changes themselves stay in the log: at least 72 hours,
and until two states hold them.`

	var write bool
	recover := repairCommand(c, "recover", &write, recoverConversation, showRecovered, func(reports []classroom.Report) error {
		for _, r := range reports {
			if !r.Readable {
				return fmt.Errorf("conversation %s cannot be opened from anything that is stored; bring back a backup", r.Conversation)
			}
		}
		if n := damagedAmong(reports); n > 0 && !write {
			return fmt.Errorf("damaged: %d of %d; nothing was changed, say --yes to recover", n, len(reports))
		}
		return nil
	})
	recover.Short = "Make a damaged conversation one that people may write in again"
	recover.Long = `Make a damaged conversation one that people may write in again.

A conversation of which changes cannot be read is open for reading only. This writes a new state of it from
everything that can be read. What cannot is listed, with its author and time where they are known, and kept
aside. When its author opens the conversation in the browser that wrote it, the browser brings it back by itself;
changes that build on it wait until then.

Without --yes it only says what it would do. A sound conversation is left alone.`
	recover.Example = `  grimoire conversation recover 0198…
  grimoire conversation recover 0198… --yes`
	recover.Flags().BoolVar(&write, "yes", false, "do it")
	return []*cobra.Command{verify, compact, recover}
}

// repairCommand makes a verb about one conversation or all; write is what its flag --yes says. The result is
// printed whatever judge says of it.
func repairCommand[T any](c *cli, name string, write *bool, do app.Operation[repairRequest, []T], show func(io.Writer, []T), judge func([]T) error) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: name + " ID|--all",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && !all || len(args) == 0 && all {
				return nil
			}
			return usageError{fmt.Errorf("'%s' takes the id of a conversation, or --all; see '%s --help'", cmd.CommandPath(), cmd.CommandPath())}
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.config.Check(); err != nil {
				return usageError{err}
			}
			request := repairRequest{Write: write != nil && *write}
			if !all {
				id, err := parseID("conversation", args[0])
				if err != nil {
					return err
				}
				request.ID = &id
			}
			results, err := do.Do(cmd.Context(), c.config, request)
			if err != nil {
				return err
			}
			if err := c.print(cmd.OutOrStdout(), results, func(w io.Writer) { show(w, results) }); err != nil {
				return err
			}
			return judge(results)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every conversation")
	return cmd
}

func damagedAmong(reports []classroom.Report) (n int) {
	for _, r := range reports {
		if len(r.Faults) > 0 {
			n++
		}
	}
	return n
}

func showVerified(out io.Writer, reports []classroom.Report) {
	for _, r := range reports {
		if len(r.Faults) > 0 {
			fmt.Fprintf(out, "%s\tDAMAGED\t%s\n", r.Conversation, strings.Join(r.Faults, "; "))
			continue
		}
		fmt.Fprintf(out, "%s\tsound\tgeneration %d, %d of %d changes in its state, %d in the log\n",
			r.Conversation, r.Generation, r.Snapshot, r.Head, r.Rows)
	}
}

func showCompacted(out io.Writer, results []compacted) {
	for _, r := range results {
		if r.Why != "" {
			fmt.Fprintf(out, "%s\tNOT COMPACTED\t%s\n", r.ID, r.Why)
			continue
		}
		fmt.Fprintf(out, "%s\tcompacted\n", r.ID)
	}
}

func showRecovered(out io.Writer, reports []classroom.Report) {
	for _, r := range reports {
		if len(r.Faults) == 0 {
			fmt.Fprintf(out, "%s\tsound\n", r.Conversation)
			continue
		}
		fmt.Fprintf(out, "%s\tDAMAGED\t%s\n", r.Conversation, strings.Join(r.Faults, "; "))
		for _, lost := range r.Lost {
			who := "author and time are not known"
			if lost.User != nil && lost.At != nil {
				who = fmt.Sprintf("by %s at %s", *lost.User, lost.At.Format("2006-01-02 15:04:05 MST"))
			}
			fmt.Fprintf(out, "  lost: change %d, %s: %s\n", lost.Seq, who, lost.Why)
		}
		if r.Waiting {
			fmt.Fprintln(out, "  changes that build on what is lost are kept, and show once its author's browser brings it back")
		}
	}
}
