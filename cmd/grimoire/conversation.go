package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"grimoire/internal/app"
	"grimoire/internal/classroom"
	"grimoire/internal/models"
)

// importRequest carries a file to whoever has the store.
type importRequest struct {
	Class    uuid.UUID `json:"class"`
	Owner    string    `json:"owner"`
	Filename string    `json:"filename"`
	Content  string    `json:"content"`
	Plain    bool      `json:"plain"`
	DryRun   bool      `json:"dry_run"`
}

// imported is what an import made, or would make.
type imported struct {
	ID       *uuid.UUID             `json:"id"` // null after a dry run
	Title    string                 `json:"title"`
	Source   string                 `json:"source"`
	Turns    []importedTurn         `json:"turns"`
	Warnings []models.ImportWarning `json:"warnings"`
	Dropped  []models.ImportDropped `json:"dropped"`
}

type importedTurn struct {
	Role       string `json:"role"`
	Speaker    string `json:"speaker"`
	Model      string `json:"model"`
	Kind       string `json:"kind"`
	Characters int    `json:"characters"` // UTF-16 code units of its Markdown
}

type exportRequest struct {
	ID     uuid.UUID `json:"id"`
	Format string    `json:"format"`
}

type conversationsRequest struct {
	Class uuid.UUID `json:"class"`
}

var (
	importConversation = app.Operation[importRequest, imported]{Name: "conversation/import", Run: runImport}

	exportConversation = app.Operation[exportRequest, classroom.File]{Name: "conversation/export",
		Run: func(ctx context.Context, a *app.App, r exportRequest) (classroom.File, error) {
			return a.Classroom.Export(ctx, app.Operator, r.ID, r.Format)
		}}

	listConversations = app.Operation[conversationsRequest, []models.ConversationItem]{Name: "conversation/list",
		Run: func(ctx context.Context, a *app.App, r conversationsRequest) ([]models.ConversationItem, error) {
			return a.Classroom.Conversations(ctx, app.Operator, r.Class)
		}}
)

func runImport(ctx context.Context, a *app.App, r importRequest) (imported, error) {
	source := classroom.PreviewRequest{Filename: r.Filename}
	if looksLikeHTML(r.Filename, r.Content) {
		source.HTML = r.Content
	} else {
		source.Text = r.Content
	}
	if r.Plain {
		source.As = "plain"
	}
	preview, err := a.Classroom.Preview(ctx, app.Operator, source)
	if err != nil {
		return imported{}, err
	}
	result := imported{Title: preview.Title, Source: preview.Source, Warnings: preview.Warnings, Dropped: preview.Dropped}
	for _, turn := range preview.Turns {
		result.Turns = append(result.Turns, importedTurn{
			Role: string(turn.Role), Speaker: turn.Speaker, Model: turn.Model, Kind: string(turn.Kind),
			Characters: len(utf16.Encode([]rune(turn.Markdown))),
		})
	}
	if r.DryRun {
		return result, nil
	}
	owner, err := a.Classroom.UserByEmail(ctx, app.Operator, r.Owner)
	if err != nil {
		return imported{}, err
	}
	create := classroom.ConversationCreate{Turns: preview.Turns}
	create.Title, create.Source, create.RawText = preview.Title, preview.Source, r.Content
	create.Report = models.ImportReport{Turns: len(preview.Turns), Warnings: preview.Warnings, Dropped: preview.Dropped}
	made, err := a.Classroom.Import(ctx, app.Operator, r.Class, owner.ID, create)
	if err != nil {
		return imported{}, err
	}
	result.ID, result.Title = &made.ID, made.Title
	return result, nil
}

// looksLikeHTML decides by the file's name, or by how its content begins.
func looksLikeHTML(filename, content string) bool {
	switch strings.ToLower(filepath.Ext(filename)) {
	case ".html", ".htm", ".xhtml":
		return true
	case ".md", ".txt", ".json", ".jsonl", ".markdown":
		return false
	}
	return strings.HasPrefix(strings.TrimSpace(content), "<")
}

func (c *cli) conversationCommand() *cobra.Command {
	return group("conversation", "Add, list, export and repair conversations",
		append(c.repairCommands(), c.importCommand(), c.listConversationsCommand(), c.exportCommand())...)
}

func (c *cli) importCommand() *cobra.Command {
	var r importRequest
	var class string
	cmd := &cobra.Command{
		Use:   "import --class ID --owner EMAIL FILE",
		Short: "Add a saved page, an export or a text to a class; - reads standard input",
		Example: `  grimoire conversation import --class 0198… --owner ana@school.example chat.html
  grimoire conversation import --dry-run --json chat.html     what it would find, nothing written`,
		Args: words("FILE"),
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			if r.DryRun {
				return nil
			}
			return checkRequired(cmd, "class", "owner")
		},
		RunE: verb(c, importConversation, func(args []string) (importRequest, error) {
			if !r.DryRun {
				id, err := parseID("class", class)
				if err != nil {
					return r, err
				}
				r.Class = id
			}
			content, err := readFile(args[0])
			r.Filename, r.Content = filepath.Base(args[0]), content
			return r, err
		}, showImported),
	}
	cmd.Flags().StringVar(&class, "class", "", "id of the class")
	cmd.Flags().StringVar(&r.Owner, "owner", "", "e-mail address of the person it will belong to, a member of the class")
	cmd.Flags().BoolVar(&r.DryRun, "dry-run", false, "only say what would be added")
	cmd.Flags().BoolVar(&r.Plain, "plain", false, "look for no speakers: the whole text is one turn")
	return cmd
}

// exportCommand writes the document as it is, so --json changes nothing about it.
func (c *cli) exportCommand() *cobra.Command {
	var r exportRequest
	cmd := &cobra.Command{
		Use:     "export ID",
		Short:   "Write a conversation with its highlights and comments to standard output",
		Example: `  grimoire conversation export 0198… --format markdown > leaves.md`,
		Args:    words("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseID("conversation", args[0])
			if err != nil {
				return err
			}
			if err := c.config.Check(); err != nil {
				return usageError{err}
			}
			r.ID = id
			file, err := exportConversation.Do(cmd.Context(), c.config, r)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(file.Body)
			return err
		},
	}
	cmd.Flags().StringVar(&r.Format, "format", "markdown", "markdown or json")
	return cmd
}

func (c *cli) listConversationsCommand() *cobra.Command {
	var class string
	cmd := &cobra.Command{
		Use:   "list --class ID",
		Short: "List a class's conversations",
		Args:  words(),
		RunE: verb(c, listConversations, func([]string) (conversationsRequest, error) {
			id, err := parseID("class", class)
			return conversationsRequest{Class: id}, err
		}, func(out io.Writer, items []models.ConversationItem) {
			fmt.Fprintln(out, "ID\tTITLE\tOWNER\tTURNS")
			for _, item := range items {
				fmt.Fprintf(out, "%s\t%s\t%s\t%d\n", item.ID, item.Title, item.OwnerName, item.Turns)
			}
		}),
	}
	cmd.Flags().StringVar(&class, "class", "", "id of the class")
	required(cmd, "class")
	return cmd
}

// maxImportFile bounds what is read of a file; the import itself is stricter.
const maxImportFile = 16 << 20

func readFile(name string) (string, error) {
	in := os.Stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer file.Close()
		in = file
	}
	content, err := io.ReadAll(io.LimitReader(in, maxImportFile+1))
	if err != nil {
		return "", err // it names the file
	}
	if len(content) > maxImportFile {
		return "", fmt.Errorf("%s is larger than 16 MB; cut it into parts and import each", name)
	}
	return string(content), nil
}

func showImported(out io.Writer, r imported) {
	if r.ID != nil {
		fmt.Fprintf(out, "%s  ", *r.ID)
	}
	fmt.Fprintf(out, "%s (%s, %d turns)\n", r.Title, r.Source, len(r.Turns))
	for i, turn := range r.Turns {
		who := turn.Speaker
		if who == "" {
			who = turn.Model
		}
		fmt.Fprintf(out, "%d\t%s\t%s\t%d characters\n", i+1, turn.Role, who, turn.Characters)
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(out, "! %s\n", w.Message)
	}
	for _, d := range r.Dropped {
		fmt.Fprintf(out, "- left out: %s (%d)\n", d.What, d.Count)
	}
}
