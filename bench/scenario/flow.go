package scenario

import (
	"fmt"
	"maps"

	"github.com/expr-lang/expr/types"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// An op is one thing that a user does in a flow. It returns no action where
// the user goes on at once, and may set the index of the op that is next.
type op interface {
	do(u *User) (Action, error)
}

// A branch goes on at otherwise where its condition does not hold.
type branch struct {
	condition *expression
	otherwise int
}

func (b *branch) do(u *User) (Action, error) {
	ok, err := b.condition.holds(u)
	if !ok {
		u.at = b.otherwise
	}
	return Action{}, err
}

// A gamble goes on at otherwise but with a probability.
type gamble struct {
	probability float64
	otherwise   int
}

func (g *gamble) do(u *User) (Action, error) {
	if u.rng().Float64() >= g.probability {
		u.at = g.otherwise
	}
	return Action{}, nil
}

// A jump goes on at another op.
type jump struct{ to int }

func (j *jump) do(u *User) (Action, error) {
	u.at = j.to
	return Action{}, nil
}

// A flow is being compiled: a list of ops in which conditions and loops are jumps.
type flow struct {
	*compiler
	ops      []op
	measured bool // its requests count as steps
	depth    int  // of the loops around the next op
}

// scenario compiles a scenario's steps, and times them where it is to be.
func (c *compiler) scenario(path string, s *profile.Scenario) []op {
	f := &flow{compiler: c, measured: true}
	if !s.Timed() {
		f.steps(path, s.Steps)
		return f.ops
	}
	f.timed(s.Name, func() { f.steps(path, s.Steps) })
	return f.ops
}

// unmeasured compiles steps that are no scenario's.
func (c *compiler) unmeasured(path string, steps []profile.Step) []op {
	f := &flow{compiler: c}
	f.steps(path, steps)
	return f.ops
}

func (f *flow) add(o op) { f.ops = append(f.ops, o) }

func (f *flow) steps(path string, steps []profile.Step) {
	for i, s := range steps {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case s.Request != nil:
			f.add(f.request(at, s.Request, f.measured))
		case s.Think != nil:
			f.add((*pause)(s.Think))
		case s.Set != nil:
			f.add(f.set(at, s.Set))
		case s.Loop != nil:
			f.loop(at, s)
		case s.Use != "":
			f.steps(at+".steps", s.Steps)
		case s.Transaction != "":
			f.transaction(at, s)
		case s.Chance > 0:
			g := &gamble{probability: s.Chance}
			f.add(g)
			g.otherwise = f.alternatives(at, s)
		default:
			b := &branch{condition: f.condition(at+".if", s.If)}
			f.add(b)
			b.otherwise = f.alternatives(at, s)
		}
	}
}

// alternatives compiles what a condition chooses from, and returns the index of
// the op that begins the second. A variable that both capture is known from
// then on.
func (f *flow) alternatives(at string, s profile.Step) (otherwise int) {
	first := f.block(func() { f.steps(at+".steps", s.Steps) })
	if len(s.Else) == 0 {
		return len(f.ops)
	}
	end := &jump{}
	f.add(end)
	otherwise = len(f.ops)
	second := f.block(func() { f.steps(at+".else", s.Else) })
	end.to = len(f.ops)
	maps.DeleteFunc(first, func(name string, _ types.Type) bool { _, both := second[name]; return !both })
	maps.Copy(f.scope, first)
	return otherwise
}
