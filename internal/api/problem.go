package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/google/uuid"

	"grimoire/internal/classroom"
)

// A Problem is every answer that is not what was asked for (RFC 9457). It never
// repeats what was sent: that may be a passphrase.
type Problem struct {
	Type       string         `json:"type" doc:"Always about:blank: code tells problems apart"`
	Title      string         `json:"title" doc:"The status in words"`
	Status     int            `json:"status"`
	Detail     string         `json:"detail" doc:"A sentence for people: what happened and what to do"`
	Code       string         `json:"code" doc:"A word for programs, such as not_found or invite_expired"`
	Errors     []ProblemField `json:"errors,omitempty" doc:"What is wrong with single fields"`
	Suggestion string         `json:"suggestion,omitempty" doc:"A value that would have been accepted"`
	Reference  string         `json:"reference,omitempty" doc:"Tell it to whoever runs the server: it names the line in the log"`
}

// A ProblemField is what is wrong with one field of the request.
type ProblemField struct {
	Location string `json:"location" doc:"Such as body.display_name"`
	Message  string `json:"message"`
}

func (p *Problem) Error() string { return p.Detail }

// GetStatus and ContentType tell huma how to answer with p.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType names the media type of problems.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// huma says through these variables what does not fit the shape of a request,
// and has no setting for one API alone.
func init() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return shapeProblem(status, message, errs)
	}
	huma.DefaultArrayNullable = false // our lists are [], never null

	// What stands beside the fields that people fill in.
	validation.MsgExpectedMinLength = "needs %d or more characters"
	validation.MsgExpectedMaxLength = "has more than %d characters"
	validation.MsgExpectedRequiredProperty = "%s is missing"
	validation.MsgExpectedRFC5322Email = "is not an e-mail address%.0v" // without the cause, which repeats the input
}

// shapeProblem says what does not fit the shape of a request.
func shapeProblem(status int, message string, errs []error) *Problem {
	p := newProblem(status, statusCodes[status], message)
	for _, err := range errs {
		var detailer huma.ErrorDetailer
		if !errors.As(err, &detailer) {
			continue
		}
		detail := detailer.ErrorDetail()
		if strings.HasPrefix(detail.Location, "path.") {
			return newProblem(http.StatusNotFound, string(classroom.NotFound), noSuchPath)
		}
		p.Errors = append(p.Errors, ProblemField{detail.Location, strings.TrimSpace(detail.Message)})
	}
	switch status {
	case http.StatusUnprocessableEntity:
		p.Detail = "Something is missing or not as expected. See each field."
	case http.StatusBadRequest:
		p.Detail, p.Errors = "This is not the JSON that was expected.", nil
	case http.StatusUnsupportedMediaType:
		p.Detail, p.Errors = wantJSON, nil
	case http.StatusRequestEntityTooLarge:
		p.Detail = tooLarge
	case http.StatusInternalServerError:
		p.Detail = faultOfOurs
	}
	return p
}

const (
	faultOfOurs = "Something went wrong on the server. Nothing was changed; please try again."
	tooLarge    = "This is too large. Nothing was changed."
	wantJSON    = "Requests are sent as application/json."
	noSuchPath  = "There is nothing at this address."
)

// statusCodes are the codes of problems that have no finer one.
var statusCodes = map[int]string{
	http.StatusBadRequest:            string(classroom.Invalid),
	http.StatusUnprocessableEntity:   string(classroom.Invalid),
	http.StatusUnauthorized:          string(classroom.Unauthenticated),
	http.StatusForbidden:             string(classroom.Forbidden),
	http.StatusNotFound:              string(classroom.NotFound),
	http.StatusMethodNotAllowed:      "method_not_allowed",
	http.StatusRequestTimeout:        "too_slow",
	http.StatusConflict:              string(classroom.Conflict),
	http.StatusGone:                  string(classroom.Gone),
	http.StatusRequestEntityTooLarge: string(classroom.TooLarge),
	http.StatusUnsupportedMediaType:  "wrong_content_type",
	http.StatusTooManyRequests:       string(classroom.TooMany),
	http.StatusInternalServerError:   string(classroom.Internal),
}

// statusOf is the HTTP status of each code of a refusal.
var statusOf = map[classroom.Code]int{
	classroom.Invalid:         http.StatusUnprocessableEntity,
	classroom.Unauthenticated: http.StatusUnauthorized,
	classroom.Forbidden:       http.StatusForbidden,
	classroom.NotFound:        http.StatusNotFound,
	classroom.Conflict:        http.StatusConflict,
	classroom.Gone:            http.StatusGone,
	classroom.TooLarge:        http.StatusRequestEntityTooLarge,
	classroom.TooMany:         http.StatusTooManyRequests,
	classroom.Internal:        http.StatusInternalServerError,
}

func newProblem(status int, code, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Code: code}
}

// problem returns what to answer when a use-case refused or broke. The cause of
// a fault is logged under a reference, and only the reference is shown.
func (s *server) problem(ctx context.Context, err error) *Problem {
	refused := &classroom.Error{Code: classroom.Internal, Message: faultOfOurs}
	errors.As(err, &refused)
	p := newProblem(statusOf[refused.Code], cmp.Or(refused.Reason, string(refused.Code)), refused.Message)
	p.Suggestion = refused.Suggestion
	for _, f := range refused.Fields {
		p.Errors = append(p.Errors, ProblemField{"body." + f.Location, f.Message})
	}
	if refused.Code == classroom.Internal {
		p.Reference = uuid.NewString()[:8]
		if !errors.Is(err, context.Canceled) { // the browser went away: nobody to tell, nothing broken
			s.logger.ErrorContext(ctx, "request broke", "reference", p.Reference, "error", err)
		}
	}
	return p
}

// writeProblem answers with p where huma is not involved.
func writeProblem(w http.ResponseWriter, p *Problem) {
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	w.Header().Set("Content-Type", problemType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	if _, err := w.Write(body); err != nil {
		slog.Debug("problem not delivered", "status", p.Status, "error", err)
	}
}
