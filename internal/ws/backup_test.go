package ws

import (
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"grimoire/internal/crdt"
	"grimoire/internal/crdt/protocol"
)

const errSigned = "This is signed with the name of somebody else."

// signer opens a conn of somebody who may sign what they write, in the Map "signed", with no name but their own.
func (c *class) signer() (*client, uuid.UUID) {
	token, pass := c.person(func(pass *Pass) {
		pass.SignedByOthers = func(_ *crdt.Doc, changes *crdt.Inspection) map[uint64]bool {
			clients := map[uint64]bool{}
			for _, change := range changes.Items {
				if change.Place.Root == "signed" && !slices.Equal(change.Values(), []any{pass.User.String()}) {
					clients[change.Client] = true
				}
			}
			return clients
		}
		pass.Refuse = func(doc *crdt.Doc, changes *crdt.Inspection) error {
			if len(pass.SignedByOthers(doc, changes)) > 0 {
				return &Refusal{Reason: errSigned}
			}
			return nil
		}
	})
	return c.open(token, true), pass.User
}

// afterABackup is a class of two who have seen each other's words. Then the store was brought back to what it was
// before the author came. Nobody is connected.
func afterABackup(t *testing.T, say func(author *client, id uuid.UUID)) (c *class, author, neighbour *client, id uuid.UUID) {
	c = newClass(t, Options{})
	neighbour, _ = c.signer()
	settle(time.Second)
	neighbour.write("older. ")
	settle(time.Minute)
	rows, owners := slices.Clone(c.log.rows[c.conversation]), maps.Clone(c.log.owners)

	author, id = c.signer()
	settle(time.Second)
	say(author, id)
	settle(time.Minute)
	expect(t, "saved", author.allSaved(), true)
	expect(t, "what the neighbour has seen", neighbour.text(), author.text())
	author.socket.hangUp()
	neighbour.socket.hangUp()
	settle(time.Second)
	c.stop()
	c.log.rows[c.conversation], c.log.owners = rows, owners
	c.log.stored[c.conversation] = &Stored{Epoch: "epoch", Generation: 1, Head: int64(len(rows))}
	c.start(Options{})
	return c, author, neighbour, id
}

func sign(author *client, id uuid.UUID) {
	author.edit(func(tx *crdt.Transaction, text *crdt.Text) {
		text.Insert(tx, text.Len(), "younger. ")
		author.doc.Map("signed").Set(tx, "words", id.String())
	})
}

func TestRoom_AfterABackupWhatIsSignedIsLeftToWhoSignedIt(t *testing.T) {
	for _, authorFirst := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			c, author, neighbour, id := afterABackup(t, sign)
			order := []*client{neighbour, author}
			if authorFirst {
				slices.Reverse(order)
			}
			for _, cl := range order {
				cl.connect()
				settle(2 * time.Second)
				cl.edit(func(tx *crdt.Transaction, text *crdt.Text) { text.Insert(tx, 0, "back. ") }) // builds on nothing
				settle(time.Second)
			}
			settle(time.Minute)
			stored := c.stored()
			signed, _ := stored.Map("signed").Get("words")
			expect(t, "signed by", signed, any(id.String()))
			for _, cl := range []*client{author, neighbour} {
				expect(t, "text", cl.text(), stored.Text("text").String())
				expect(t, "length of all that was said", len(cl.text()), len("back. back. older. younger. "))
				expect(t, "refused", len(cl.refused), 0)
				expect(t, "farewell", cl.bye(), 0)
				expect(t, "saved", cl.allSaved(), true)
			}
			owner, err := c.log.Owner(t.Context(), c.conversation, author.doc.ClientID())
			if err != nil || owner != id {
				t.Errorf("the author's client is of %v, %v", owner, err)
			}
			c.stop()
		})
	}
}

// Nobody waits for an author who does not come back: the neighbour loads the conversation anew, and goes on.
func TestRoom_AfterABackupANeighbourGoesOnWithoutTheAuthor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, neighbour, _ := afterABackup(t, sign)
		neighbour.connect()
		settle(time.Second)
		for range patience { // as a page does that hears a head which is not its own
			neighbour.send(neighbour.head(protocol.Head{Generation: 1, Seq: uint64(c.log.get(c.conversation).Head)}))
			settle(beatPause)
		}
		expect(t, "farewell", neighbour.bye(), byeReset.code)
		expect(t, "refused", len(neighbour.refused), 0)
		neighbour.renew()
		neighbour.connect()
		settle(time.Second)
		neighbour.write("on. ")
		settle(time.Minute)
		expect(t, "text", neighbour.text(), "older. on. ")
		expect(t, "stored", c.stored().Text("text").String(), "older. on. ")
		c.stop()
	})
}

// Words that nothing says the author of come back with whoever brings them first, and are theirs from then on. The
// author is told at the next word, as one is whose change is not accepted, and goes on under another client id.
func TestRoom_AfterABackupWhatIsNotSignedIsOfWhoBringsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, author, neighbour, _ := afterABackup(t, func(author *client, _ uuid.UUID) { author.write("younger. ") })
		neighbour.connect()
		settle(2 * time.Second)
		expect(t, "stored", c.stored().Text("text").String(), "older. younger. ")
		author.connect()
		settle(2 * time.Second)
		author.write("more. ")
		settle(time.Second)
		expect(t, "refused", len(author.refused), 1)
		author.socket.hangUp()
		author.renew()
		author.connect()
		settle(time.Second)
		author.write("more. ")
		settle(time.Minute)
		expect(t, "stored", c.stored().Text("text").String(), "older. younger. more. ")
		expect(t, "saved", author.allSaved(), true)
		expect(t, "the neighbour's farewell", neighbour.bye(), 0)
		c.stop()
	})
}

// Whoever takes a client id that the store has forgotten can make up what is not signed, as their own, and so keep
// back what its author said after the backup. They can sign for nobody.
func TestRoom_AfterABackupAThiefOfAClientIDSignsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, author, thief, id := afterABackup(t, sign)
		made := func(do func(*crdt.Transaction, *crdt.Doc)) []byte {
			doc := crdt.New(crdt.Options{ClientID: author.doc.ClientID()})
			doc.Transact(nil, func(tx *crdt.Transaction) { do(tx, doc) })
			return doc.Encode(nil)
		}
		thief.renew()
		thief.connect()
		settle(time.Second)
		forged := made(func(tx *crdt.Transaction, doc *crdt.Doc) { doc.Map("signed").Set(tx, "words", id.String()) })
		thief.send(protocol.SyncStep2{Update: forged})
		settle(time.Second)
		expect(t, "stored of an answer", c.stored().Text("text").String(), "older. ")
		thief.send(protocol.Update{Update: forged})
		settle(time.Second)
		expect(t, "refused", thief.refused[0].Reason, errSigned)

		thief.renew()
		thief.connect()
		settle(time.Second)
		thief.send(protocol.Update{Update: made(func(tx *crdt.Transaction, doc *crdt.Doc) { doc.Text("text").Insert(tx, 0, "lies. ") })})
		settle(time.Second)
		author.connect()
		settle(time.Minute)
		stored := c.stored()
		if signed, there := stored.Map("signed").Get("words"); there {
			t.Errorf("signed by %v", signed)
		}
		owner, err := c.log.Owner(t.Context(), c.conversation, author.doc.ClientID())
		if err != nil || owner == id || owner == uuid.Nil {
			t.Errorf("the lies are of %v, %v", owner, err)
		}
		author.renew() // after its goodbye, or at the next word
		author.connect()
		settle(time.Second)
		sign(author, id)
		settle(time.Minute)
		expect(t, "saved", author.allSaved(), true)
		signed, _ := c.stored().Map("signed").Get("words")
		expect(t, "signed by", signed, any(id.String()))
		c.stop()
	})
}
