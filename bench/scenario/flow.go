package scenario

import (
	"fmt"

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

// A flow is being compiled: a list of ops in which conditions are jumps.
type flow struct {
	*compiler
	ops      []op
	measured bool // its requests count as steps
}

// flow compiles steps into ops.
func (c *compiler) flow(path string, steps []profile.Step, measured bool) []op {
	f := &flow{compiler: c, measured: measured}
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
		default:
			f.branch(at, s)
		}
	}
}

func (f *flow) branch(at string, s profile.Step) {
	b := &branch{condition: f.condition(at+".if", s.If)}
	f.add(b)
	f.block(func() { f.steps(at+".steps", s.Steps) })
	b.otherwise = len(f.ops)
}
