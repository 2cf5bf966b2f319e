package bench

import (
	"slices"
	"time"
)

// A Failure counts the requests that failed in one way.
type Failure struct {
	Kind    string `json:"kind"` // refused, reset, timeout, 5xx, check, …
	Count   int64  `json:"count"`
	Example string `json:"example"` // the first one's message

	// Others are messages of later ones that differ from each other and from
	// the first.
	Others []string `json:"others,omitempty"`

	// First and Last are when the first and the last one failed, by the arm's
	// clock since the trial began.
	First time.Duration `json:"first_ns,omitzero"`
	Last  time.Duration `json:"last_ns,omitzero"`
}

// maxOthers bounds Failure.Others.
const maxOthers = 2

// Examples returns the messages, the first one's first.
func (f *Failure) Examples() []string { return append([]string{f.Example}, f.Others...) }

// Add counts what another one counted of failures of the same kind. The zero
// value of a Failure has counted nothing.
func (f *Failure) Add(other Failure) {
	if f.Count == 0 {
		*f = other
		f.Others = slices.Clone(other.Others)
		return
	}
	f.Count += other.Count
	f.First, f.Last = min(f.First, other.First), max(f.Last, other.Last)
	f.note(other.Example)
	for _, text := range other.Others {
		f.note(text)
	}
}

// note keeps a message, where it is new and there is room.
func (f *Failure) note(text string) {
	if text != f.Example && len(f.Others) < maxOthers && !slices.Contains(f.Others, text) {
		f.Others = append(f.Others, text)
	}
}

// A StepFailure counts the requests of a step that failed in one way.
type StepFailure struct {
	Step string `json:"step"`
	Failure
}

// Failures sums up, by step and kind, what is said of a step in each trial: of
// returns its Errors or its Retries.
func (r *Run) Failures(of func(Step) []Failure) (sums []StepFailure) {
	for _, t := range r.Trials {
		for _, s := range t.Steps {
			for _, f := range of(s) {
				i := slices.IndexFunc(sums, func(x StepFailure) bool { return x.Step == s.Name && x.Kind == f.Kind })
				if i < 0 {
					i, sums = len(sums), append(sums, StepFailure{Step: s.Name})
				}
				sums[i].Add(f)
			}
		}
	}
	return sums
}
