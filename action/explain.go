package action

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"
)

// explain says what was being done when err came, and what it takes.
func (op operation) explain(err error) error {
	if wait, limited := limitedFor(err); limited {
		return fmt.Errorf("%s: %s: the limit lasts another %s, which is too long to wait", op.doing, words(err), max(wait, leastWait).Round(time.Second))
	}
	answer, ok := errors.AsType[*github.ErrorResponse](err)
	switch {
	case !ok:
		return fmt.Errorf("%s: %w", op.doing, err)
	case refused(answer):
		return &PermissionError{Doing: op.doing, Need: op.need, Said: answer.Message}
	case notFound(err) && op.need != "":
		// GitHub denies that there is what a token may not see.
		return fmt.Errorf("%s: %s: it is not there, or the token lacks `%s`", op.doing, words(err), op.need)
	}
	return fmt.Errorf("%s: %s", op.doing, words(err))
}

// words says on one line what GitHub answered, or what kept it from answering.
func words(err error) string {
	text := err.Error()
	if limit, ok := errors.AsType[*github.RateLimitError](err); ok {
		text = answered(limit.Response, limit.Message)
	} else if limit, ok := errors.AsType[*github.AbuseRateLimitError](err); ok {
		text = answered(limit.Response, limit.Message)
	} else if answer, ok := errors.AsType[*github.ErrorResponse](err); ok {
		text = answered(answer.Response, answer.Message)
		for _, field := range answer.Errors {
			text += ": " + cmp.Or(field.Message, field.Error())
		}
	}
	return strings.Join(strings.Fields(text), " ")
}

func answered(answer *http.Response, message string) string {
	message = strings.TrimSuffix(cmp.Or(message, http.StatusText(answer.StatusCode)), ".")
	return fmt.Sprintf("GitHub answered %d %s", answer.StatusCode, message)
}

func notFound(err error) bool {
	answer, ok := errors.AsType[*github.ErrorResponse](err)
	return ok && answer.Response.StatusCode == http.StatusNotFound
}
