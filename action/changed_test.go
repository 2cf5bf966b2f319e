package action

import (
	"fmt"
	"slices"
	"testing"
)

func TestChanged(t *testing.T) {
	hub := newHub(t)
	hub.AddFiles(7, "a.go", "docs/b.md")
	client, _ := dial(t, hub, hub.ForkToken())
	got, err := client.Changed(t.Context(), 7)
	if err != nil || !slices.Equal(got, []string{"a.go", "docs/b.md"}) {
		t.Errorf("%q, %v", got, err)
	}
	for i := range maxFiles {
		hub.AddFiles(7, fmt.Sprintf("%d.go", i))
	}
	if _, err := client.Changed(t.Context(), 7); err == nil {
		t.Error("a list that was cut off is taken for whole")
	}
}
