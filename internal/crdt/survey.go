package crdt

// census counts what a whole update holds, so that room for it can be made at
// once; see survey.
type census struct {
	structs  int
	items    int // structs with content
	types    int
	sections int
	bytes    int         // of content
	inOrder  bool        // sections come highest client first, one each
	ranges   int         // of the delete set
	deleted  deleteRange // the last of them
}

// survey reads an update to its end and reports the first fault. It takes
// nothing on trust: what it accepts can be applied without an error.
func survey(update []byte, f format) (census, error) {
	var s rawStruct
	return surveyTo(&s, update, f)
}

// surveyTo is [survey], and leaves the last struct in s.
func surveyTo(s *rawStruct, update []byte, f format) (census, error) {
	n := census{inOrder: true}
	var r updateReader
	r.open(update, f)
	section := ID{}
	for r.next(s) {
		if id := (ID{s.client, r.sections}); n.structs == 0 || id != section {
			n.inOrder = n.inOrder && (n.sections == 0 || s.client < section.Client)
			n.sections++
			section = id
		}
		n.structs++
		if s.kind != kindGC && s.kind != kindSkip {
			n.items++
		}
		if s.kind == kindType {
			n.types++
		}
		n.bytes += len(s.content.bytes) + len(s.content.name)
		if s.ahead() {
			r.Fail(ErrMalformed, inOwnFuture)
		}
	}
	r.readDeleteSet(func(del deleteRange) {
		n.ranges++
		n.deleted = del
	})
	r.close()
	return n, r.Err()
}

// Faults that are found behind the decoders.
const (
	inOwnFuture = "struct refers to its own client's future"
	tooLarge    = "document of more than 2 GiB"
)

// ahead reports whether s refers to a unit that its client makes later.
func (s *rawStruct) ahead() bool {
	return s.has&infoOrigin != 0 && s.origin.Client == s.client && s.origin.Clock >= s.clock ||
		s.has&infoRight != 0 && s.right.Client == s.client && s.right.Clock >= s.clock ||
		s.has&hasParent != 0 && s.parent.Client == s.client && s.parent.Clock >= s.clock
}
