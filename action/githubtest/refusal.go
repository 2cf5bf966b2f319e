package githubtest

import (
	"fmt"
	"net/http"
)

// A refusal is GitHub's answer to what it does not do.
type refusal struct {
	Message       string       `json:"message"`
	Errors        []fieldError `json:"errors,omitempty"`
	Documentation string       `json:"documentation_url,omitempty"`

	status int
	header map[string]string
}

type fieldError struct {
	Resource string `json:"resource"`
	Field    string `json:"field"`
	Code     string `json:"code"`
	Message  string `json:"message,omitempty"`
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.status, r.Message) }

func notFound() *refusal {
	return &refusal{status: http.StatusNotFound, Message: "Not Found"}
}

func noCommit(sha string) *refusal {
	return &refusal{status: http.StatusUnprocessableEntity, Message: "No commit found for SHA: " + sha}
}

// invalid says what is wrong with a field, in the words that GitHub uses.
func invalid(resource, field, message string) *refusal {
	return &refusal{
		status:  http.StatusUnprocessableEntity,
		Message: "Validation Failed",
		Errors:  []fieldError{{Resource: resource, Field: field, Code: "custom", Message: message}},
	}
}

func tooLong(resource, field string, most int) *refusal {
	return invalid(resource, field, fmt.Sprintf("%s is too long (maximum is %d characters)", field, most))
}
