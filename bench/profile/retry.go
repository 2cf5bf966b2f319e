package profile

import (
	"slices"
	"time"
)

// A Retry says which failures of a request make its user send it again, and
// after which pause.
type Retry struct {
	Times   int           // after the first attempt, at most
	Kinds   []string      `json:",omitzero"` // of failures without an answer, of RetryKinds
	Status  []int         `json:",omitzero"` // codes that are no success
	Classes []StatusRange `json:",omitzero"` // beside Status
	Backoff time.Duration `json:",omitzero"` // pause before the second attempt
	Factor  float64       `json:",omitzero"` // from each pause to the next
	Max     time.Duration `json:",omitzero"` // of a pause, before Jitter
	Jitter  float64       `json:",omitzero"` // share by which a pause may be shorter or longer
}

// RetryKinds are the failures other than a status for which a request can be
// sent again, in the load engine's words.
var RetryKinds = []string{"refused", "unreachable", "connect timeout", "tls", "timeout", "reset", "cut short"}

// maxRetries bounds the attempts after the first: more is an outage.
const maxRetries = 100

// DefaultRetry holds what a retry that names nothing gets.
var DefaultRetry = Retry{Factor: 2, Max: time.Minute}

func (r *reader) retry(n *node) *Retry {
	t := DefaultRetry
	r.fields(n, map[string]func(*node){
		"times":   func(n *node) { t.Times = int(r.integer(n, 1, maxRetries)) },
		"on":      func(n *node) { r.retryOn(n, &t) },
		"backoff": func(n *node) { t.Backoff = r.duration(n) },
		"factor":  func(n *node) { t.Factor = r.factor(n) },
		"max":     func(n *node) { t.Max = r.duration(n) },
		"jitter":  func(n *node) { t.Jitter = r.jitter(n) },
	})
	if n.kind != mapping {
		return nil
	}
	if n.field("times") == nil {
		r.bad(n, "times is missing: how often is the request sent again at most?")
	}
	if n.field("on") == nil {
		r.bad(n, "on is missing: after which failures, as in [503, timeout, reset]?")
	}
	if n.field("backoff") == nil {
		for _, key := range []string{"factor", "max", "jitter"} {
			if at := n.field(key); at != nil {
				r.bad(at, "has no effect without backoff")
			}
		}
		t.Factor, t.Max = 0, 0
	}
	if t.Max > 0 && t.Backoff > t.Max {
		r.bad(n, "backoff %v is longer than max %v", t.Backoff, t.Max)
	}
	return &t
}

// retryOn reads failures: codes and classes of a status, and words.
func (r *reader) retryOn(n *node, t *Retry) {
	for _, item := range r.elements(n) {
		code, isCode := item.value.(int64)
		class, isClass := statusRange(item.text)
		switch {
		case isCode && code >= 100 && code <= 599:
			t.Status = append(t.Status, int(code))
		case isClass:
			t.Classes = append(t.Classes, class)
		case slices.Contains(RetryKinds, item.text):
			t.Kinds = append(t.Kinds, item.text)
		default:
			r.bad(item, "want a status such as 503 or 5xx, or %s, got %s", choices(RetryKinds), item)
		}
	}
}

func (r *reader) factor(n *node) float64 {
	f, isFloat := n.value.(float64)
	if i, ok := n.value.(int64); ok {
		f, isFloat = float64(i), true
	}
	if !isFloat || f < 1 || f > 100 {
		r.bad(n, "want a number from 1 to 100, got %s", n)
		return 0
	}
	return f
}

func (r *reader) jitter(n *node) float64 {
	s, _ := n.value.(string)
	percent, ok := number(s, "%")
	if !ok || percent > 100 {
		r.bad(n, "want more than 0 %% and at most 100 %%, as in 50%%, got %s", n)
		return 0
	}
	return percent / 100
}

// retries says whether any step of a scenario may be sent again.
func (p *Profile) retries() bool {
	return slices.ContainsFunc(p.Scenarios, func(s Scenario) bool {
		for q := range requests(s.Steps) {
			if q.Retry != nil {
				return true
			}
		}
		return false
	})
}
