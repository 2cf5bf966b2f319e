package action

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A marker is the first line of a comment of perfcheck's. GitHub does not show
// it; perfcheck knows its comment by it.
type marker struct {
	suite string
	head  string
	run   RunID
}

var (
	// Nothing in it ends an HTML comment.
	suiteName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

	markerLine = regexp.MustCompile(`^<!-- perfcheck:v1 suite=([^ ]+) head=([^ ]+) run=(\d+)\.(\d+) -->$`)
)

func (m marker) String() string {
	return fmt.Sprintf("<!-- perfcheck:v1 suite=%s head=%s run=%d.%d -->", m.suite, m.head, m.run.ID, m.run.Attempt)
}

// check refuses what would not be read back as it was written.
func (m marker) check() error {
	if err := CheckSuite(m.suite); err != nil {
		return err
	}
	if m.run.ID < 0 || m.run.Attempt < 0 {
		return fmt.Errorf("run %d.%d: want numbers that are not negative", m.run.ID, m.run.Attempt)
	}
	return CheckCommit(m.head)
}

// stale says whether what other says replaces what m says. Of one head every
// run is as good as another, and one that is made again keeps its number.
func (m marker) stale(other marker) bool {
	if m.head == other.head && m.run.ID != other.run.ID {
		return false
	}
	return m.run.Before(other.run)
}

// CheckSuite says what is wrong with the name of a suite. It becomes part of a
// marker and of a status's context.
func CheckSuite(name string) error {
	if !suiteName.MatchString(name) {
		return fmt.Errorf("%.80q is no name for a suite: want 1 to 64 of A-Z a-z 0-9 . _ -", name)
	}
	return nil
}

// parseMarker reads the marker on the first line of a comment. Further down
// there is none: that would be someone's quotation.
func parseMarker(body string) (marker, bool) {
	line, _, _ := strings.Cut(body, "\n")
	part := markerLine.FindStringSubmatch(strings.TrimSuffix(line, "\r"))
	if part == nil {
		return marker{}, false
	}
	id, idErr := strconv.ParseInt(part[3], 10, 64)
	attempt, attemptErr := strconv.Atoi(part[4])
	m := marker{suite: part[1], head: part[2], run: RunID{ID: id, Attempt: attempt}}
	return m, idErr == nil && attemptErr == nil && m.check() == nil
}
