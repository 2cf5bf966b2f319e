package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every command in docs/history.md is run by a script; the place of the history
// is another there.
func TestHistoryCommandsAreRun(t *testing.T) {
	doc, err := os.ReadFile("../../docs/history.md")
	if err != nil {
		t.Fatal(err)
	}
	place := regexp.MustCompile(`dir:\S+`)
	var scripts strings.Builder
	names, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		script, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		scripts.Write(place.ReplaceAll(script, []byte("dir:PLACE")))
	}
	commands := regexp.MustCompile(`(?m)^ *(?:- run: )?(perfcheck [a-z][^#\n]*)`).FindAllStringSubmatch(string(doc), -1)
	if len(commands) < 8 {
		t.Fatalf("found only %d commands", len(commands))
	}
	for _, c := range commands {
		command := strings.TrimSpace(place.ReplaceAllString(c[1], "dir:PLACE"))
		run := regexp.MustCompile(`(?m)^exits 0 ` + regexp.QuoteMeta(command) + `( |$)`)
		if !run.MatchString(scripts.String()) {
			t.Errorf("no script runs %s", command)
		}
	}
}
