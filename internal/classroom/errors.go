package classroom

import (
	"errors"
	"fmt"

	"grimoire/internal/models"
)

// A Code says what kind of refusal an Error is.
type Code string

// The codes, each of which is one HTTP status to api.
const (
	Invalid         Code = "invalid"
	Unauthenticated Code = "unauthenticated"
	Forbidden       Code = "forbidden"
	NotFound        Code = "not_found"
	Conflict        Code = "conflict"
	Gone            Code = "gone"
	TooLarge        Code = "too_large"
	TooMany         Code = "too_many"
	Internal        Code = "internal"
)

// An Error is a refusal with a sentence for the person who was refused. Err is
// the cause, for the log; it is never shown.
type Error struct {
	Code       Code
	Reason     string // a finer word within Code, such as "invite_expired"; may be empty
	Message    string
	Suggestion string // a value that would have been accepted, if one is known
	Fields     []Field
	Err        error
}

// A Field is what is wrong with one part of a request.
type Field struct {
	Location string // as in the request: "display_name"
	Message  string
}

func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	}
	return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, &Error{Code: NotFound}) ask for the code alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && (t.Reason == "" || t.Reason == e.Reason)
}

// fail returns an Error with a sentence for people.
func fail(code Code, message string, err error) *Error {
	return &Error{Code: code, Message: message, Err: err}
}

// invalid returns an Error about one field of a request.
func invalid(location, message string) *Error {
	return &Error{Code: Invalid, Message: message, Fields: []Field{{location, message}}}
}

// missing translates models.ErrNotFound into a sentence, and leaves any other
// error to be what it is: a fault of ours.
func missing(err error, message string) error {
	if errors.Is(err, models.ErrNotFound) {
		return fail(NotFound, message, err)
	}
	return err
}

// damaged gives an error of a conversation whose stored bytes are wrong the
// sentence that people need, and leaves any other to be what it is.
func damaged(err error) error {
	if !errors.Is(err, models.ErrCorrupt) {
		return err
	}
	return &Error{
		Code:    Internal,
		Reason:  "damaged",
		Message: "This conversation cannot be opened: part of what is stored of it is damaged. Nothing was changed. Tell whoever runs this server.",
		Err:     err,
	}
}

// Sentences that hide whether a thing exists from whoever may not know.
const (
	noClass        = "There is no such class, or you are not in it."
	noConversation = "There is no such conversation, or you may not see it."
	noInvite       = "There is no such invite."
)
