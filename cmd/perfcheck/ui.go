package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/perfcheck/perfcheck/bench/runner"
	"github.com/perfcheck/perfcheck/compare/report"
)

// A ui says things: results on out, everything about perfcheck itself on err.
type ui struct {
	out, err io.Writer
	bar      *progressbar.ProgressBar
}

// say tells what perfcheck does.
func (u *ui) say(format string, args ...any) {
	u.clear()
	fmt.Fprintf(u.err, "perfcheck: %s\n", printable(fmt.Sprintf(format, args...)))
}

// warn tells what the user should know but need not act on.
func (u *ui) warn(format string, args ...any) { u.say("warning: "+format, args...) }

// removed tells what was cleaned up.
func (u *ui) removed(what []string) {
	for _, w := range what {
		u.say("removed %s, left by a perfcheck that was killed", w)
	}
}

// fail tells why perfcheck ends.
func (u *ui) fail(ctx context.Context, err error) {
	var e *exitError
	switch {
	case errors.As(err, &e) && e.err == nil, only(err, errUnread):
	case ctx.Err() != nil && only(err, context.Canceled):
		u.say("interrupted")
	default:
		u.clear()
		for i, line := range strings.Split(err.Error(), "\n") {
			if i == 0 {
				line = "error: " + line
			}
			fmt.Fprintf(u.err, "perfcheck: %s\n", printable(line))
		}
	}
}

// printable leaves nothing in a text that a terminal obeys: names and messages
// come from outside, as in a comparison that another machine made.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.C, r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
}

// only says whether err is what, as that of a cancelled context, and nothing else,
// as a clean-up that failed, stands beside it.
func only(err, what error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return !slices.ContainsFunc(joined.Unwrap(), func(e error) bool { return !only(e, what) })
	}
	return errors.Is(err, what)
}

// progress shows where a measurement is: a bar on a terminal, else a line a block.
func (u *ui) progress(p runner.Progress, goal int) {
	if !isTerminal(u.err) {
		if p.Phase == runner.Starting {
			u.say("%s: block %d (%v)", p.Profile, p.Block+1, p.Elapsed.Round(time.Second))
		}
		return
	}
	if u.bar == nil {
		u.bar = progressbar.NewOptions(goal,
			progressbar.OptionSetWriter(u.err),
			progressbar.OptionSetWidth(24),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionClearOnFinish(),
		)
	}
	u.bar.ChangeMax(goal)
	u.bar.Describe(fmt.Sprintf("%s: block %d, %s (%v)", p.Profile, p.Block+1, p.Phase, p.Elapsed.Round(time.Second)))
	u.bar.Set(p.Block)
}

// clear takes the progress bar off the terminal.
func (u *ui) clear() {
	if u.bar != nil {
		u.bar.Clear()
		u.bar = nil
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*stream)
	return ok && term.IsTerminal(int(f.Fd()))
}

// text says how results are printed as text.
func (u *ui) text(explain bool) report.TextOptions {
	o := report.TextOptions{Explain: explain}
	if f, ok := u.out.(*stream); ok && isTerminal(f) {
		o.Color = os.Getenv("NO_COLOR") == "" // https://no-color.org
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			o.Width = width
		}
	}
	return o
}
