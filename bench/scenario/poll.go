package scenario

import (
	"fmt"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// A poll does its body until a condition holds, or while it does.
type poll struct {
	depth     int
	condition *expression
	until     bool
	body      int
	every     time.Duration
	tries     int           // 0: no bound
	within    time.Duration // 0: no bound
}

func (p *poll) do(u *User) (Action, error) {
	u.enter(p.depth, progress{began: u.inside().clock})
	return Action{}, nil
}

// A nextTry ends a round of its poll.
type nextTry struct{ *poll }

func (p nextTry) do(u *User) (Action, error) {
	holds, err := p.condition.holds(u)
	if err != nil {
		return Action{}, err
	}
	if holds == p.until {
		u.leave(p.depth)
		return Action{}, nil
	}
	r := &u.loops[p.depth]
	r.n++
	if err := p.exceeded(r, u.clock); err != nil {
		return Action{}, err
	}
	u.set(counter, r.n)
	u.at = p.body
	u.spend(p.every, p.every, 0)
	u.asking = p.every > 0
	return Action{Think: p.every}, nil
}

// exceeded returns a [LimitError] where another try would be beyond a bound.
func (p *poll) exceeded(r *progress, clock time.Duration) error {
	e := &LimitError{Condition: p.condition.source, Until: p.until}
	switch {
	case p.tries > 0 && r.n >= p.tries:
		e.Limit = fmt.Sprintf("%d tries", p.tries)
	case p.within > 0 && clock+p.every-r.began >= p.within:
		e.Limit = p.within.String()
	default:
		return nil
	}
	return e
}

// A LimitError is in the Action of a user whose loop came to its bound.
type LimitError struct {
	Condition string
	Until     bool // the loop was to end when Condition holds, else when it does not
	Limit     string
}

func (e *LimitError) Error() string {
	if e.Until {
		return fmt.Sprintf("until %s: not so within %s", e.Condition, e.Limit)
	}
	return fmt.Sprintf("while %s: still so after %s", e.Condition, e.Limit)
}

// until compiles a loop that is done once at least: what it captures is known
// from then on.
func (f *flow) until(at string, l *profile.Loop, steps []profile.Step) {
	p := f.poll(l)
	p.until = true
	f.add(p)
	f.inLoop(at, func() {
		f.steps(at+".steps", steps)
		p.condition = f.condition(at+".until", l.Until)
	})
	f.add(nextTry{p})
}

func (f *flow) while(at string, l *profile.Loop, steps []profile.Step) {
	first := &branch{condition: f.condition(at+".while", l.While)}
	f.add(first)
	p := f.poll(l)
	p.condition = first.condition
	f.add(p)
	f.block(func() {
		f.inLoop(at, func() { f.steps(at+".steps", steps) })
	})
	f.add(nextTry{p})
	first.otherwise = len(f.ops)
}

// poll returns a loop whose body begins after the next op.
func (f *flow) poll(l *profile.Loop) *poll {
	return &poll{depth: f.depth, body: len(f.ops) + 1, every: l.Every, tries: l.Tries, within: l.Within}
}
