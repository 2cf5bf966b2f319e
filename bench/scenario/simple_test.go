package scenario

import (
	"reflect"
	"testing"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// What is evaluated without expr's machine must come out as it does there, and
// leave the generator where it would.
func TestSimpleExpressions(t *testing.T) {
	known := scope{"text": captured, "whole": captured, "object": captured, "missing": captured,
		"feed": recordType(&profile.Feed{Columns: []string{"user", "empty"}})}
	vars := map[string]any{
		"text": "x", "whole": int64(1) << 60, "object": map[string]any{"id": 1.5, "none": nil},
		"feed": map[string]any{"user": "ada", "empty": ""},
	}
	tests := map[string]bool{ // whether it is simple
		"text": true, "whole": true, "object": true, "missing": true, "feed": true,
		"feed.user": true, `feed["empty"]`: true, "object.id": true, "object.none": true, "object.other": true,
		"text.id": true, "whole.id": true, "missing.id": true, "missing?.id": false,
		"randint(1, 5)": true, "randint(0, 9007199254740992)": true, "randint(-3, 5)": true,
		"randint(5, 5)": false, "randint(5, 1)": false, "randint(1, whole)": false, "randint(1.0, 5)": true,
		"randint(0, 9007199254740994)": false,
		"text + text":                  false, "object?.id": false, "object[text]": false, "1": false, "round(1)": false,
	}
	for source, isSimple := range tests {
		e, err := compile(source, known)
		if err != nil {
			t.Fatal(err)
		}
		s := e.simple
		if got := s.variable != "" || s.low < s.high; got != isSimple {
			t.Errorf("%s: got %+v, want it simple: %v", source, s, isSimple)
		}
		slow := *e
		slow.simple = simple{}
		quick, machine := userOf(t, vars), userOf(t, vars)
		for range 20 {
			got, gotErr := e.value(quick)
			want, wantErr := slow.value(machine)
			if !reflect.DeepEqual(got, want) || (gotErr == nil) != (wantErr == nil) || gotErr != nil && gotErr.Error() != wantErr.Error() {
				t.Fatalf("%s: got %#v, %v, want %#v, %v", source, got, gotErr, want, wantErr)
			}
		}
		if quick.rng().Uint64() != machine.rng().Uint64() {
			t.Errorf("%s: draws more or less than expr's machine does", source)
		}
	}
}

// userOf returns a user that has captured vars.
func userOf(t *testing.T, vars map[string]any) *User {
	program, err := Compile(&profile.Profile{Scenarios: []profile.Scenario{{Weight: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	u := program.User(0)
	for name, v := range vars {
		u.set(name, v)
	}
	return u
}
