package bench

import (
	"reflect"
	"testing"
	"time"
)

func TestFailuresAddUp(t *testing.T) {
	var sum Failure
	for i, text := range []string{"b", "a", "b", "c", "d", "a"} {
		at := time.Duration(5-i) * time.Second
		sum.Add(Failure{Kind: "check", Count: 1, Example: text, First: at, Last: at})
	}
	want := Failure{Kind: "check", Count: 6, Example: "b", Others: []string{"a", "c"}, First: 0, Last: 5 * time.Second}
	if !reflect.DeepEqual(sum, want) {
		t.Errorf("got %+v, want %+v", sum, want)
	}
	var whole Failure
	whole.Add(sum)
	whole.Add(Failure{Kind: "check", Count: 4, Example: "e", Others: []string{"f"}, First: time.Second, Last: 9 * time.Second})
	want.Count, want.Last = 10, 9*time.Second
	if !reflect.DeepEqual(whole, want) {
		t.Errorf("got %+v, want %+v", whole, want)
	}
	whole.Others[0] = "z"
	if sum.Others[0] != "a" {
		t.Error("the sum shares its messages with what was added")
	}
}
