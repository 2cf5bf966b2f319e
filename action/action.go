// Package action speaks with GitHub: it reads what happened from a workflow's
// environment, says which commits are to be compared, and publishes a verdict
// as comment, commit status, check run, step summary, outputs and annotations.
//
// It knows nothing of statistics. What it publishes is given to it as text.
package action

// A Repository is named by its owner and its name.
type Repository struct {
	Owner string
	Name  string
}

func (r Repository) String() string { return r.Owner + "/" + r.Name }

// A Pull is a pull request.
type Pull struct {
	Number  int
	HeadSHA string // of the branch that wants to be merged
	BaseSHA string // of the branch to merge into, as it was when the event was made: often hours old
	BaseRef string // that branch's name
	Fork    bool   // the branch is in another repository, whose workflows get no token that writes
}

// A RunID tells one attempt of one workflow run. Later ones are larger.
type RunID struct {
	ID      int64 `json:"id"`
	Attempt int   `json:"attempt"`
}

// Before says whether r started before other.
func (r RunID) Before(other RunID) bool {
	if r.ID != other.ID {
		return r.ID < other.ID
	}
	return r.Attempt < other.Attempt
}
