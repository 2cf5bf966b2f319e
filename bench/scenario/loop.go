package scenario

import (
	"fmt"
	"reflect"
	"time"

	"github.com/expr-lang/expr/types"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// counter is the variable that holds the number of a loop's round, from 0.
const counter = "index"

// A progress is where a user is in a loop.
type progress struct {
	n, total int
	items    list          // of a loop over a list
	began    time.Duration // by the nest's clock
}

// enter begins a loop, which has depth others around it.
func (u *User) enter(depth int, r progress) {
	n := u.inside()
	n.loops = append(n.loops[:depth], r)
	u.set(counter, 0)
}

// leave ends a loop. The one around it, if any, counts in the variable again.
func (u *User) leave(depth int) {
	u.loops = u.loops[:depth]
	if depth > 0 {
		u.set(counter, u.loops[depth-1].n)
	}
}

// A rounds does its body a number of times, or once for every item of a list.
type rounds struct {
	depth int
	times *expression
	each  *expression // where there is no times
	as    string      // with each: the variable that holds the item
	body  int         // index of the first op of a round
	end   int         // index of the op after the loop
}

func (l *rounds) do(u *User) (Action, error) {
	r, err := l.plan(u)
	if err != nil {
		return Action{}, err
	}
	if r.total == 0 {
		u.at = l.end
		return Action{}, nil
	}
	u.enter(l.depth, r)
	l.take(u, &r)
	return Action{}, nil
}

func (l *rounds) plan(u *User) (progress, error) {
	if l.times != nil {
		v, err := l.times.value(u)
		if err != nil {
			return progress{}, err
		}
		n, err := whole(v)
		if err != nil || n < 0 || n > profile.MaxRounds {
			return progress{}, fmt.Errorf("%s: want a whole number from 0 to %d, got %v", l.times.source, profile.MaxRounds, v)
		}
		return progress{total: n}, nil
	}
	v, err := l.each.value(u)
	if err != nil {
		return progress{}, err
	}
	items, ok := elements(v)
	if !ok || len(items) > profile.MaxRounds {
		return progress{}, fmt.Errorf("%s: want a list of up to %d items, got %s", l.each.source, profile.MaxRounds, show(v))
	}
	return progress{total: len(items), items: items}, nil
}

// elements returns those of a list, which an expression may make of any type.
func elements(v any) (list, bool) {
	if items, ok := v.(list); ok {
		return items, true
	}
	values := reflect.ValueOf(v)
	if values.Kind() != reflect.Slice {
		return nil, false
	}
	items := make(list, values.Len())
	for i := range items {
		items[i] = values.Index(i).Interface()
	}
	return items, true
}

// take sets the variable that holds the round's item.
func (l *rounds) take(u *User, r *progress) {
	if l.each != nil {
		u.set(l.as, r.items[r.n])
	}
}

// A nextRound ends a round of its loop.
type nextRound struct{ *rounds }

func (l nextRound) do(u *User) (Action, error) {
	r := &u.loops[l.depth]
	if r.n++; r.n == r.total {
		u.leave(l.depth)
		return Action{}, nil
	}
	u.set(counter, r.n)
	l.take(u, r)
	u.at = l.body
	return Action{}, nil
}

func (f *flow) loop(at string, s profile.Step) {
	switch l := s.Loop; {
	case l.Times != "" || l.Each != "":
		f.rounds(at, l, s.Steps)
	case l.Until != "":
		f.until(at, l, s.Steps)
	default:
		f.while(at, l, s.Steps)
	}
}

func (f *flow) rounds(at string, l *profile.Loop, steps []profile.Step) {
	r := &rounds{depth: f.depth, as: l.As, body: len(f.ops) + 1}
	if l.Times != "" {
		r.times = f.bare(at+".repeat", l.Times, aNumber)
	} else {
		r.each = f.bare(at+".each", l.Each, aList)
	}
	f.add(r)
	f.block(func() {
		if l.Each != "" {
			defer f.define(at+".as", l.As, captured, "it holds the item of a loop")()
		}
		f.inLoop(at, func() { f.steps(at+".steps", steps) })
	})
	f.add(nextRound{r})
	r.end = len(f.ops)
}

// inLoop compiles what a loop does. All loops count in one variable, the
// innermost hiding those around it.
func (f *flow) inLoop(at string, body func()) {
	if f.depth == 0 {
		defer f.define(at, counter, types.Int, "the loop counts in it")()
	}
	f.depth++
	body()
	f.depth--
}

// define makes a variable known that the steps that follow may not capture,
// until undo is called.
func (c *compiler) define(path, name string, t types.Type, why string) (undo func()) {
	if _, taken := c.scope[name]; taken {
		c.bad(path, "%s is a variable already, and %s: choose another name", name, why)
		return func() {}
	}
	if err := checkName(name); err != nil {
		c.bad(path, "%v", err)
	}
	c.scope[name], c.fixed[name] = t, why
	return func() {
		delete(c.scope, name)
		delete(c.fixed, name)
	}
}
