package action

import (
	"errors"
	"fmt"
)

// maxSummary is the size in bytes above which GitHub drops a step's summary.
const maxSummary = 1 << 20

// ErrSummaryTooLong is returned when a step's summary would grow beyond what
// GitHub takes. Nothing is written then.
var ErrSummaryTooLong = errors.New("too long for the summary of one step")

// AppendSummary adds Markdown to the summary of this step, which GitHub shows
// on the page of the workflow run. All that a step adds shares one limit.
func AppendSummary(getenv func(string) string, markdown string) (err error) {
	f, err := openStepFile(getenv, "GITHUB_STEP_SUMMARY")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	text := f.gap + "\n" + markdown + "\n" // blank lines end a paragraph or table before it, and this one
	if total := f.size + int64(len(text)); total > maxSummary {
		return fmt.Errorf("%s: %w: %d bytes with what is there, at most %d", f.Name(), ErrSummaryTooLong, total, maxSummary)
	}
	_, err = f.WriteString(text)
	return err
}
