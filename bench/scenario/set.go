package scenario

import "github.com/perfcheck/perfcheck/bench/profile"

// An assignment gives variables values that no answer holds.
type assignment []assigned

type assigned struct {
	name  string
	value operand
}

// do takes all values from the variables as they are before it.
func (a assignment) do(u *User) (Action, error) {
	values := make([]any, len(a))
	for i := range a {
		v, err := a[i].value.of(u)
		if err != nil {
			return Action{}, err
		}
		values[i] = v
	}
	for i := range a {
		u.set(a[i].name, values[i])
	}
	return Action{}, nil
}

func (c *compiler) set(path string, values []profile.Value) assignment {
	var out assignment
	for _, v := range values {
		k := assigned{v.Name, operand{value: v.Value}}
		if text, ok := v.Value.(string); ok {
			k.value = c.operand(path+".set."+v.Name, text, asText)
		}
		out = append(out, k)
	}
	for _, v := range values {
		c.variable(path+".set."+v.Name, v.Name)
	}
	return out
}
