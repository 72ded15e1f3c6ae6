package annotation

import "grimoire/internal/crdt"

// A Guard says what one person may write into the Doc of one conversation.
// Reading is not its matter. The zero Guard refuses everything.
//
//	text, turns         Edit
//	meta                nobody: the server writes the title when a conversation is renamed
//	notes               Annotate
//	highlights          Annotate; by is oneself; taking away: one's own, or RemoveAny;
//	                    moving the anchors of others: onto text that equals the quote;
//	                    one that somebody else took away stays until RemoveAny brings it back
//	comments            Annotate; by is oneself; body: one's own; deleting: one's own, or DeleteAny;
//	                    bringing back: the page that deleted it; so is taking a deleted one
//	                    out of the Doc: what was answered or deleted stays what it was
//	both of these       under the id of one that is gone only the page that made it makes another
//	reactions           Annotate; the user in the key is oneself
//	tags                AddTags; what is locked, and locking: LockedTags
//	responses           Respond, to one's own; Annotate, to the shared one
//	anything else       nobody
type Guard struct {
	User       string // user id
	Edit       bool
	Annotate   bool
	AddTags    bool
	LockedTags bool
	RemoveAny  bool // highlights of others
	DeleteAny  bool // comments of others
	Respond    bool
}

// A Refusal is why a Guard refuses, in a sentence for the person.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// The refusals.
const (
	ErrMayNotEdit     Refusal = "You may not change the text of this conversation."
	ErrRename         Refusal = "A conversation is renamed in its settings, not here."
	ErrMayNotAnnotate Refusal = "You may not write in this conversation."
	ErrForged         Refusal = "This is signed with the name of somebody else."
	ErrUnsigned       Refusal = "A highlight or comment says who made it."
	ErrMisplaced      Refusal = "A highlight can only be moved to the words it quotes."
	ErrOfAnother      Refusal = "Only whoever wrote this may change it."
	ErrLockedTag      Refusal = "Only teachers may change the tags of the class."
	ErrMayNotAddTags  Refusal = "Only teachers may add tags here."
	ErrNoSuchPlace    Refusal = "A conversation has no place for this."
	ErrIncomplete     Refusal = "This builds on changes that the server does not have."
)

// Refuse returns why changes, as doc has inspected them, may not be made, or nil.
// It changes nothing.
func (g Guard) Refuse(doc *crdt.Doc, changes *crdt.Inspection) error {
	if len(changes.Missing) > 0 {
		// What depends on them would be applied later, unseen.
		return ErrIncomplete
	}
	c := check{Guard: g, doc: doc, changes: changes}
	c.noteEntries()
	for i := range changes.Items {
		if err := c.item(&changes.Items[i]); err != nil {
			return err
		}
	}
	for i := range changes.Deletes {
		if err := c.deletion(&changes.Deletes[i]); err != nil {
			return err
		}
	}
	if err := c.signatures(); err != nil {
		return err
	}
	return c.anchors()
}

// SignedByOthers returns the clients under which changes are signed with the name of somebody else, as what a page
// repeats of others is. It does not matter here what this person may do.
func (g Guard) SignedByOthers(doc *crdt.Doc, changes *crdt.Inspection) map[uint64]bool {
	c := check{Guard: Guard{User: g.User, Annotate: true, RemoveAny: true, DeleteAny: true}, doc: doc, changes: changes}
	clients := map[uint64]bool{}
	for i := range changes.Items {
		if change := &changes.Items[i]; c.item(change) == ErrForged {
			clients[change.Client] = true
		}
	}
	return clients
}

// A check is one update under a Guard.
type check struct {
	Guard
	doc     *crdt.Doc
	changes *crdt.Inspection
	made    map[string]bool // root/id of entries that the update brings
	gone    map[string]bool // root/id of entries that it takes away
	signed  map[string]bool // root/id of entries that it writes an author into
	moved   map[string]bool // ids of others' highlights whose anchors it changes
}

// item checks something that is new.
func (c *check) item(change *crdt.Change) error {
	if change.Place == nil {
		return nil // collected before it was sent: nothing is known of it, and nothing shows
	}
	if err := c.place(change.Place); err != nil || !hasEntries(change.Place.Root) {
		return err
	}
	return c.value(change)
}

// deletion checks something that goes, or that a new value takes the place of.
func (c *check) deletion(change *crdt.Change) error {
	p := change.Place
	if p == nil {
		return nil
	}
	if hasEntries(p.Root) && c.gone[p.Root+"/"+p.First().Key] {
		return c.removal(p.Root, p.First().Key)
	}
	if err := c.place(p); err != nil {
		return err
	}
	if !hasEntries(p.Root) {
		return nil
	}
	path := p.Path()
	switch key := path[1].Key; {
	case key == keyBy:
		return ErrForged // an author is written once
	case p.Root == RootHighlights && key == keyRemoved && !c.RemoveAny:
		return unless(c.removedBy(path[0].Key) == c.User, ErrOfAnother)
	case p.Root == RootComments && key == keyDeleted && c.isDeleted(path[0].Key):
		return unless(c.staysDeleted(path[0].Key, change.ID.Client), ErrOfAnother)
	}
	return nil
}

// place asks whether anything may change there.
func (c *check) place(p *crdt.Place) error {
	switch p.Root {
	case RootText, RootTurns:
		return unless(c.Edit, ErrMayNotEdit)
	case RootMeta:
		return ErrRename
	case RootNotes:
		return unless(c.Annotate, ErrMayNotAnnotate)
	case RootReactions:
		return c.reaction(p)
	case RootResponses:
		return c.response(p)
	case RootHighlights, RootComments:
		if !c.Annotate {
			return ErrMayNotAnnotate
		}
		return c.annotation(p)
	case RootTags:
		return c.tag(p)
	}
	return ErrNoSuchPlace
}

func (c *check) reaction(p *crdt.Place) error {
	_, user, _, ok := splitReaction(p.First().Key)
	switch {
	case !c.Annotate:
		return ErrMayNotAnnotate
	case !ok || p.InList:
		return ErrNoSuchPlace
	}
	return unless(user == c.User, ErrForged)
}

func (c *check) response(p *crdt.Place) error {
	switch who := p.First(); {
	case who.InList:
		return ErrNoSuchPlace
	case who.Key == SharedResponse:
		return unless(c.Annotate, ErrMayNotAnnotate)
	case who.Key != c.User:
		return ErrOfAnother
	}
	return unless(c.Respond, ErrMayNotAnnotate)
}

// annotation checks a place within a highlight or comment. In what another
// person wrote, some things are everybody's: which tags a highlight has and
// where on the board, and whether a thread is settled.
func (c *check) annotation(p *crdt.Place) error {
	path := p.Path()
	id := path[0]
	if id.InList {
		return ErrNoSuchPlace
	}
	if len(path) == 1 {
		return nil
	}
	if entry := p.Root + "/" + id.Key; c.made[entry] && c.gone[entry] {
		return nil // one takes the place of another, whose removal is checked
	}
	author, there := c.author(p.Root, id.Key)
	key := path[1].Key
	if !there || author == c.User && key != keyRemoved {
		return nil // it is new; or it was removed meanwhile and stays so, whatever is written into it
	}
	if p.Root == RootHighlights {
		switch key {
		case keyTags:
			return unless(len(path) > 2, ErrOfAnother)
		case keyStart, keyEnd:
			note(&c.moved, id.Key) // the whole update decides
			return nil
		case keyRemoved:
			return unless(c.RemoveAny || author == c.User, ErrOfAnother)
		}
		return ErrOfAnother
	}
	switch key {
	case keyResolved:
		return nil
	case keyDeleted:
		return unless(c.DeleteAny, ErrOfAnother)
	}
	return ErrOfAnother
}

func (c *check) tag(p *crdt.Place) error {
	switch id := p.First(); {
	case id.InList:
		return ErrNoSuchPlace
	case c.LockedTags:
		return nil
	case c.locked(id.Key):
		return ErrLockedTag
	}
	return unless(c.AddTags, ErrMayNotAddTags)
}

func (c *check) locked(id string) bool {
	tag := getMap(c.doc.Map(RootTags), id)
	return tag != nil && (getBool(tag, keyLocked) || getString(tag, keyOrigin) == OriginClass)
}

// value checks what is written, where place allows writing.
func (c *check) value(change *crdt.Change) error {
	path := change.Place.Path()
	root := change.Place.Root
	if len(path) == 1 {
		return unless(change.Kind == crdt.KindType || change.Kind == crdt.KindDeleted, ErrNoSuchPlace)
	}
	if change.Kind == crdt.KindDeleted {
		return nil
	}
	var value any
	if values := change.Values(); len(values) == 1 {
		value = values[0]
	}
	switch key := path[1].Key; {
	case len(path) > 2:
		return nil
	case root == RootTags:
		claimsClass := key == keyLocked && value != false || key == keyOrigin && value != OriginOwn
		return unless(c.LockedTags || !claimsClass, ErrLockedTag)
	case key == keyBy:
		note(&c.signed, root+"/"+path[0].Key)
		return unless(value == c.User, ErrForged)
	case key == keyResolved, key == keyRemoved:
		by, ok := value.(map[string]any)
		return unless(!ok || by[keyBy] == c.User, ErrForged)
	}
	return nil
}

func unless(allowed bool, refusal error) error {
	if allowed {
		return nil
	}
	return refusal
}
