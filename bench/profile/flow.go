package profile

import (
	"time"
)

// A Loop says how often steps are done: exactly one of Times, Each, While and
// Until is set. All are expressions.
type Loop struct {
	Times string        `json:",omitzero"` // a whole number up to MaxRounds
	Each  string        `json:",omitzero"` // a list of up to MaxRounds items, one a round
	As    string        `json:",omitzero"` // with Each: the variable that holds the item
	While string        `json:",omitzero"` // condition, looked at before each round
	Until string        `json:",omitzero"` // condition, looked at after each round
	Every time.Duration `json:",omitzero"` // pause between rounds, with While and Until

	// The bounds of While and Until, one of them at least: what still goes on
	// beyond them is a failure.
	Tries  int           `json:",omitzero"` // rounds
	Within time.Duration `json:",omitzero"`
}

// MaxRounds bounds how often a loop goes round.
const MaxRounds = 10_000

// block reads a step that holds steps.
func (r *reader) block(n *node, kind string) Step {
	s := Step{}
	keys := map[string]func(*node){
		"steps": func(n *node) { s.Steps = r.steps(n) },
	}
	switch kind {
	case "if":
		keys["if"] = func(n *node) { s.If = r.text(n) }
		keys["else"] = func(n *node) { s.Else = r.steps(n) }
	case "chance":
		keys["chance"] = func(n *node) { s.Chance = r.share(n, "iterations") }
		keys["else"] = func(n *node) { s.Else = r.steps(n) }
	case "transaction":
		keys["transaction"] = func(n *node) { s.Transaction = r.name(n, r.str(n)) }
	default:
		s.Loop = &Loop{}
		r.loopKeys(s.Loop, kind, keys)
	}
	r.fields(n, keys)
	if n.field("steps") == nil {
		r.bad(n, "steps are missing: write what is to be done")
	}
	switch kind {
	case "while", "until":
		r.checkPoll(n, &s)
	case "transaction":
		if len(s.Steps) > 0 && !anyRequest(s.Steps) {
			r.bad(n.field("steps"), "no request among the steps: there is nothing to time")
		}
	}
	return s
}

// loopKeys adds the keys that a loop of this kind has.
func (r *reader) loopKeys(l *Loop, kind string, keys map[string]func(*node)) {
	switch kind {
	case "repeat":
		keys["repeat"] = func(n *node) { l.Times = r.times(n) }
		return
	case "each":
		l.As = "item"
		keys["each"] = func(n *node) { l.Each = r.str(n) }
		keys["as"] = func(n *node) { l.As = r.str(n) }
		return
	case "while":
		keys["while"] = func(n *node) { l.While = r.text(n) }
	case "until":
		keys["until"] = func(n *node) { l.Until = r.text(n) }
	}
	keys["every"] = func(n *node) { l.Every = r.duration(n) }
	keys["tries"] = func(n *node) { l.Tries = int(r.integer(n, 1, MaxRounds)) }
	keys["within"] = func(n *node) { l.Within = r.duration(n) }
}

// checkPoll reports a loop on a condition that could go on for ever.
func (r *reader) checkPoll(n *node, s *Step) {
	if n.field("tries") == nil && n.field("within") == nil {
		r.bad(n, "a bound is missing: write how often, as in tries: 20, or how long, as in within: 10s")
	}
	if len(s.Steps) > 0 && !anyRequest(s.Steps) {
		r.bad(n.field("steps"), "no request among the steps: nothing would change the condition")
	}
}

// times reads a number of rounds, or the expression that yields it.
func (r *reader) times(n *node) string {
	if _, ok := n.value.(string); ok {
		return r.str(n)
	}
	r.integer(n, 1, MaxRounds)
	return n.text
}

// share reads a part of something, above 0 and below 100 %.
func (r *reader) share(n *node, of string) float64 {
	s, _ := n.value.(string)
	percent, ok := number(s, "%")
	if !ok || percent >= 100 {
		r.bad(n, "want a share of the %s above 0 %% and below 100 %%, as in 30%%, got %s", of, n)
		return 0
	}
	return percent / 100
}
