// Package ws knows about many browsers at one conversation: it accepts their websockets, keeps one
// room for each conversation that somebody looks at, and lets nobody believe that something is
// saved before it is.
//
//	browser      socket        conn                 room (while there is work)
//	  frame ──> budget ──> read: decode,     ┌─> may its sender do this?
//	                       own client ids,   │   apply to the Doc, under recover
//	                       hold unsaved ─────┘   │            │
//	                                             │ row        │ relay, when the window opens:
//	                      committer <────────────┘            │ updates merged, newest presence
//	                      all rooms' rows in                  v
//	                      one Append to the Log     outboxes of the others ──> write
//	                                │
//	                                └── on disk ──> room ──> Saved ──> outbox of the sender ──> write
//
// # Promises
//
// Saved n is sent when all of the conn's first n frames that can change the Doc are in committed
// rows; a frame that repeats what the Doc has is acknowledged when everything before it is. An
// error of the log leaves open what was stored: the rows are kept and appended again. Nobody is
// answered before the Doc is whole. An update is never lost on its way to a conn: the backlog of
// one that falls too far behind is forgotten, and it gets by state vector what it missed (lag.go);
// one that takes nothing at all, or is owed too much, is closed. Presence is dropped freely.
//
// An update that is damaged, or that its sender may not make, changes nothing and reaches nobody.
// A panic of the engine discards the Doc, which is then loaded from the log.
//
// # Damage
//
// A state that cannot be used is made good by the one before it and the rows since. Rows that cannot be
// used, because their bytes are not those that were written or the engine refuses them, go to
// quarantine: the Doc is built without them, shown, and not written to (repair.go) until the operator
// recovers the conversation. A conversation of which no state can be used is refused. Nothing of this
// loses a byte: what is set aside is kept, and the generation stays, so that its author's browser
// brings the content back.
//
// # Authorship
//
// Nobody writes as another. A Yjs client id belongs to the first user who shows it, as presence or
// in an update; that is on disk before anybody else is shown what it says. A new Item under the id
// of somebody else refuses the whole update: it would put words into a mouth, and take the clocks
// that the owner's next words need. An id that has content and no owner is the server's own, or
// older than the table, and nobody's to take.
//
// Neighbours get an edit some milliseconds before it is on disk, so a killed server has forgotten
// what they have seen, and an honest client brings it back, its own answers built upon it. Of three
// ways out, relaying only what is committed would cost each keystroke a commit; believing who
// returns first would let anybody invent what was lost. So a relay that is not on disk yet carries
// a seal (seal.go), and the server takes its own word back from whoever brings it.
//
// Others' words without a seal are cut out of an answer to our question (a copy that a browser kept,
// a stock client, a store that was restored from a backup) and refuse any other update. What the
// author alone can bring then waits for the author.
//
// What that leaves: who built upon such words is refused until the author is back. After a store was
// restored from a backup it knows neither the words nor the client ids that are younger than that, and
// takes who brings them first for their author: a browser has nothing to show that they are another's.
// Who kept a sealed edit that was lost, and whose author never came back, can bring it in later,
// unchanged, until the generation ends. An author who rewrites, after a crash, what nobody had
// acknowledged leaves neighbours who saw the first version with it until they load the conversation
// again.
//
// # Ownership
//
// Whoever works in a room owns its Doc, members and presence; everything else reaches it as a task
// in its inbox, and starts the work if nobody is at it. A conn has one goroutine, which reads,
// decodes and hands on, and works in the room if nobody does (stacks.go). What it is sent is written by
// the room at the end of each turn, as far as that goes without waiting; another goroutine is there only
// while some is left. The committer is one for all rooms.
//
// Idle is cheap: a conn that says nothing is a small stack and 2 KiB, a room is its Doc as bytes
// (doze.go), and neither has a buffer, a timer's goroutine or a copy of anything that is shared.
//
// Bounded are: bytes received and not on disk, of a room and of all (readers wait, then say "try
// again"); bytes of long messages while they come in; bytes and frames a second of a conn; bytes
// owed to it; client ids of a conn and of a person; and conns and questions of a person in a room, so that
// coming anew buys nothing (visitor.go); and the Items that an update has the engine look at, since Yjs takes
// hours for two made for it. What builds on the unknown is never taken in.
//
// A room lives while somebody holds it and IdleRoom longer, and never ends before everything that
// happened in it is on disk. Its states only go forward:
//
//	loading ──> live ──> draining (shutdown, or its generation has ended) ──> closed
//	               └────────────── nobody there for a while ──────────────────────^
//
// The rights come from a [Gate] and the rows go to a [Log]; the hub decides nothing about people
// and reads nothing but the Doc. Who moves rights tells the hub, and what another process on the same
// database does is found by a [Watch] (elsewhere.go): either acts on open conns within two seconds. What time
// does, which ends sessions, acts within ten (recheck.go).
package ws
