package main

import (
	"bytes"
	"errors"
	"testing"
)

// What comes from outside cannot move a terminal's cursor, nor turn its text.
func TestSaysNothingThatATerminalObeys(t *testing.T) {
	var out bytes.Buffer
	u := &ui{err: &out}
	u.say("wrote 1 of %s", "a\x1b[2Jb\r\u202ec")
	u.fail(t.Context(), errors.New("step \x1b]0;x\a:\n\tz\u00fcrich"))
	if want := "perfcheck: wrote 1 of a[2Jbc\nperfcheck: error: step ]0;x:\nperfcheck: \tzürich\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
