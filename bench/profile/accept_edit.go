package profile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

const acceptHead = `# Slowdowns that we want: until its last day, another limit holds for a metric
# than its gate's in perfcheck.yml. Reports show each of them.
version: 1
accept:
`

// ErrForm is returned when accepted slowdowns cannot be added to a file as it is written.
var ErrForm = errors.New("accept is not written as a list of lines that begin with a dash")

// Accept adds accepted slowdowns to the end of the configuration's file, which
// it makes where there is none, and returns the lines that it wrote. All else in
// the file stays as it is. What [Config.Accepted] would refuse is not written, nor
// what is accepted already: refused says of each why. The error is [Problems] where
// the file has mistakes as it is, [ErrForm], or that of reading or writing it.
func (c *Config) Accept(more []bench.Acceptance, now time.Time) (entries string, refused []error, err error) {
	old, err := readBeside("", c.AcceptPath(), maxYAML)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", nil, err
	}
	if len(bytes.TrimSpace(old)) == 0 {
		old = []byte(acceptHead)
	}
	before, err := c.parseAccepted(old, now)
	if err != nil {
		return "", nil, err
	}
	good, refused := c.acceptable(before, more, now)
	if len(good) == 0 {
		return "", refused, nil
	}
	entries = writeEntries(good)
	text, err := c.addAccepted(old, before, good, now)
	if err != nil {
		return "", refused, err
	}
	return entries, refused, replaceFile(c.AcceptPath(), text)
}

// acceptable returns the entries that may stand beside those before, and why others may not.
func (c *Config) acceptable(before, more []bench.Acceptance, now time.Time) (good []bench.Acceptance, refused []error) {
	for _, a := range more {
		_, err := c.parseAccepted([]byte(acceptHead+indented(writeEntries([]bench.Acceptance{a}), 2)), now)
		if err != nil {
			err = fmt.Errorf("%s of profile %s: %w", a.Key, a.Profile, withoutPlace(err))
		} else {
			err = already(before, a, now)
		}
		if err != nil {
			refused = append(refused, err)
			continue
		}
		good = append(good, a)
	}
	return good, refused
}

// addAccepted returns the text of a file with more entries, and makes sure that it
// is read as those before and they.
func (c *Config) addAccepted(old []byte, before, more []bench.Acceptance, now time.Time) ([]byte, error) {
	entries := writeEntries(more)
	text, err := insertEntries(old, entries)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: add this by hand:\n%s", c.AcceptPath(), err, entries)
	}
	after, err := c.parseAccepted(text, now)
	if err != nil {
		return nil, withoutPlace(err)
	}
	if !sameAccepted(after, slices.Concat(before, more)) {
		return nil, fmt.Errorf("%s: %w: add this by hand:\n%s", c.AcceptPath(), ErrForm, entries)
	}
	return text, nil
}

// withoutPlace takes from problems the lines of a text that is not going to be a file.
func withoutPlace(err error) error {
	problems, ok := errors.AsType[Problems](err)
	if !ok {
		return err
	}
	problems = slices.Clone(problems)
	for i := range problems {
		problems[i].File = ""
	}
	return problems
}

// already says that a metric has an entry that holds.
func already(before []bench.Acceptance, more bench.Acceptance, now time.Time) error {
	for _, a := range before {
		if a.Holds(now) && a.Profile == more.Profile && a.Key == more.Key {
			return fmt.Errorf("%s: %s of profile %s is accepted already, up to %s: change that entry", a.Where, a.Key, a.Profile, FormatUpTo(a))
		}
	}
	return nil
}

// sameAccepted compares all but the lines, which move.
func sameAccepted(got, want []bench.Acceptance) bool {
	return slices.EqualFunc(got, want, func(a, b bench.Acceptance) bool {
		a.Where, b.Where = "", ""
		same := a.Until.Equal(b.Until) && FormatUpTo(a) == FormatUpTo(b)
		a.Until, a.UpTo, b.Until, b.UpTo = time.Time{}, 0, time.Time{}, 0
		return same && a == b
	})
}

// FormatUpTo writes how much worse a metric may get, as the file has it. What
// is in no table is a metric of the profile's own, which is compared by ratio.
func FormatUpTo(a bench.Acceptance) string {
	m, err := bench.MetricByName(a.Metric)
	if err != nil {
		m = bench.Metric{Scale: bench.Ratio}
	}
	return FormatThreshold(a.UpTo, m)
}

// replaceFile writes a file as a whole or not at all.
func replaceFile(path string, text []byte) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary.Name()))
		}
	}()
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	_, err = temporary.Write(text)
	if err = errors.Join(err, temporary.Chmod(mode), temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
