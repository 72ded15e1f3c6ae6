package annotation

import (
	"slices"

	"grimoire/internal/crdt"
)

// Highlights, comments and tags are entries: Maps under an id. What is here is about an entry that comes, goes or
// is replaced as a whole; policy.go is about what changes inside.

// noteEntries finds the highlights, comments and tags that come and go as a
// whole: what is inside them comes and goes with them.
func (c *check) noteEntries() {
	for i := range c.changes.Items {
		if root, id, ok := entryAt(c.changes.Items[i].Place); ok {
			note(&c.made, root+"/"+id)
		}
	}
	for i := range c.changes.Deletes {
		if root, id, ok := entryAt(c.changes.Deletes[i].Place); ok {
			note(&c.gone, root+"/"+id)
		}
	}
}

// entryAt returns which entry a place is that of, if it is one.
func entryAt(p *crdt.Place) (root, id string, ok bool) {
	if p == nil || p.InList || !hasEntries(p.Root) || len(p.Path()) != 1 {
		return "", "", false
	}
	return p.Root, p.Key, true
}

func note(set *map[string]bool, key string) {
	if *set == nil {
		*set = map[string]bool{}
	}
	(*set)[key] = true
}

func hasEntries(root string) bool {
	return root == RootHighlights || root == RootComments || root == RootTags
}

// signatures asks whether every highlight and comment that is new says whose it
// is, as one without an author would be anybody's to change, and takes the place
// of none that others know by its id.
func (c *check) signatures() error {
	for i := range c.changes.Items {
		change := &c.changes.Items[i]
		root, id, ok := entryAt(change.Place)
		if !ok || root == RootTags || change.Kind != crdt.KindType {
			continue
		}
		if entry := root + "/" + id; !c.signed[entry] && !c.gone[entry] {
			return ErrUnsigned
		}
		if err := c.replacement(root, id, change.ID.Client); err != nil {
			return err
		}
	}
	return nil
}

// replacement asks whether what a page makes may have an id that was there before. What is gone does not say any
// more whose it was, and others may have written about it: only the page that made it redoes that under its id.
func (c *check) replacement(root, id string, page uint64) error {
	if author, there := c.author(root, id); there {
		return unless(author == c.User, ErrOfAnother)
	}
	maker, made := c.doc.Map(root).Writer(id)
	return unless(!made || maker == page, ErrOfAnother)
}

// removal asks whether a whole entry may go.
func (c *check) removal(root, id string) error {
	if root == RootTags {
		switch {
		case c.LockedTags:
			return nil
		case c.locked(id):
			return ErrLockedTag
		}
		return unless(c.AddTags, ErrMayNotAddTags)
	}
	author, there := c.author(root, id)
	switch {
	case !c.Annotate:
		return ErrMayNotAnnotate
	case there && !c.mayVanish(root, id):
		return ErrOfAnother
	case !there, // it came and went where nobody saw it
		author == c.User,
		root == RootHighlights && c.RemoveAny,
		root == RootComments && c.DeleteAny:
		return nil
	}
	return ErrOfAnother
}

// mayVanish asks whether an entry may go as a whole of which only its author or those above them may say so.
// What somebody has marked as deleted would come back by being made anew.
func (c *check) mayVanish(root, id string) bool {
	if root == RootHighlights {
		by := c.removedBy(id)
		return by == "" || by == c.User || c.RemoveAny
	}
	if !c.isDeleted(id) {
		return true
	}
	marker, _ := getMap(c.doc.Map(root), id).Writer(keyDeleted)
	return slices.ContainsFunc(c.changes.Items, func(change crdt.Change) bool { return change.Client == marker })
}

// author returns who wrote a highlight or comment, and whether it is there.
func (c *check) author(root, id string) (string, bool) {
	entry := getMap(c.doc.Map(root), id)
	if entry == nil {
		return "", false
	}
	return getString(entry, keyBy), true
}

func (c *check) isDeleted(id string) bool {
	entry := getMap(c.doc.Map(RootComments), id)
	return entry != nil && getBool(entry, keyDeleted)
}

// staysDeleted asks whether the mark that a comment is deleted only makes room for another, or comes from
// the very page that undoes it now: nobody else brings back what was deleted, not even its author.
func (c *check) staysDeleted(id string, marker uint64) bool {
	stays := false
	for i := range c.changes.Items {
		change := &c.changes.Items[i]
		if change.Place == nil || change.Place.Root != RootComments || change.Kind == crdt.KindDeleted {
			continue
		}
		if path := change.Place.Path(); len(path) != 2 || path[0].Key != id || path[1].Key != keyDeleted {
			continue
		}
		values := change.Values()
		if stays = change.ID.Client == marker || len(values) == 1 && values[0] == true; !stays {
			return false
		}
	}
	return stays
}

// removedBy returns who has taken a highlight away, "" if nobody has.
func (c *check) removedBy(id string) string {
	entry := getMap(c.doc.Map(RootHighlights), id)
	if entry == nil {
		return ""
	}
	by, _ := get[map[string]any](entry, keyRemoved)
	return asString(by[keyBy])
}
