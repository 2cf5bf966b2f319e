package scenario_test

import (
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// What is nested without end is a failure, whatever looks at it, and not the end
// of perfcheck.
func TestDepth(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	const deep = "the body is nested deeper than 1000 lists and objects"
	for name, test := range map[string]struct{ body, want string }{
		"deep enough":     {nested(1000), ""},
		"too deep":        {nested(1001), deep},
		"never closed":    {strings.Repeat("[", 16<<20), deep},
		"objects":         {strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000), deep},
		"side by side":    {"[" + strings.Repeat(`[{}],`, 5000) + "1]", ""},
		"within a string": {`["\"` + strings.Repeat("[", 5000) + `"]`, ""},
	} {
		for _, path := range []string{"$[0]", "$..a"} {
			k := first("v", path)
			k.Pick = profile.All
			k.Default = "none"
			u := compile(t, oneScenario(get("/", k))).User(0)
			u.Begin(0)
			u.Next()
			err := u.Accept(&scenario.Response{Status: 200, Body: []byte(test.body)})
			if got := message(err); got != test.want && !strings.HasPrefix(got, test.want+": ") {
				t.Errorf("%s, %s: got %.100q, want %q", name, path, got, test.want)
			}
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
