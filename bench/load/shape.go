package load

import (
	"math"
	"time"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// never is later than any arm time.
const never = time.Duration(math.MaxInt64)

// A shape is how the level of load, a rate per second or a number of users,
// goes over time. It is made of legs, one after the other, and keeps its last
// level for ever.
type shape []leg

// A leg is a part of a shape in which the level changes evenly. Times are in
// seconds since the shape began.
type leg struct {
	begins, ends float64 // the last one never ends
	level        float64 // when it begins
	slope        float64 // change of the level in a second
	before       float64 // area under the level of all earlier legs: arrivals, or seconds of users
}

// flat returns the shape of one level.
func flat(level float64) shape {
	return shape{{ends: math.Inf(1), level: level}}
}

// staged returns the shape of stages.
func staged(stages []profile.Stage) shape {
	var s shape
	var now time.Duration
	area := 0.0
	for _, stage := range stages {
		level := stage.Level()
		begins, ends := now.Seconds(), (now + stage.For).Seconds()
		s = append(s, leg{begins, ends, level.From, (level.To - level.From) / (ends - begins), area})
		area += (level.From + level.To) / 2 * (ends - begins)
		now += stage.For
	}
	return append(s, leg{begins: now.Seconds(), ends: math.Inf(1), level: stages[len(stages)-1].Level().To, before: area})
}

// reached returns the moment at which the area under the level is n: when an
// arrival falls due that n arrivals come before. Where the level is 0 for a time
// at that area, it is the end of that time.
func (s shape) reached(n float64) time.Duration {
	for i, l := range s {
		if i+1 == len(s) || n < s[i+1].before {
			return moment(min(l.begins+l.after(n-l.before), l.ends))
		}
	}
	return never
}

// after returns how many seconds of the leg have an area of n. Of the quadratic
// formula's two forms it is the one that loses no digits, whatever the slope.
func (l leg) after(n float64) float64 {
	root := math.Sqrt(max(0, l.level*l.level+2*l.slope*n)) // below 0 by rounding only
	if l.level+root == 0 {
		if n == 0 {
			return 0
		}
		return math.Inf(1)
	}
	return 2 * n / (l.level + root)
}

// above returns the first moment, not before now, at which the level is above x.
func (s shape) above(x float64, now time.Duration) time.Duration {
	if len(s) == 1 && s[0].level > x && s[0].slope >= 0 { // most often
		return now
	}
	from := now.Seconds()
	for _, l := range s {
		if from >= l.ends {
			continue
		}
		from = max(from, l.begins)
		if l.level+l.slope*(from-l.begins) > x {
			return max(now, moment(from))
		}
		// A rising level is above x just after it is x.
		if crossed := l.begins + (x-l.level)/l.slope; l.slope > 0 && crossed < l.ends {
			return max(now, moment(crossed)+1)
		}
	}
	return never
}

// moment returns seconds as a time.
func moment(seconds float64) time.Duration {
	if seconds >= never.Seconds() {
		return never
	}
	return time.Duration(math.Round(seconds * float64(time.Second)))
}
