package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/perfcheck/perfcheck/action"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
	"github.com/perfcheck/perfcheck/compare/report"
)

// outcomeFile is what gate writes for publish, beside the reports.
const outcomeFile = "perfcheck-result.json"

// outcomeSchema is the version of the file's form.
const outcomeSchema = 2

// maxOutcome bounds the file, bytes: 34 blocks of a hundred steps take a third of it.
// Its runs leave a quarter to what else there is.
const (
	maxOutcome = 16 << 20
	maxRuns    = maxOutcome / 4 * 3
)

// An outcome is what gate found, for publish to post. Where gate ran with a pull
// request's code beside it, nothing in the file can be relied upon: see [outcome.judge].
type outcome struct {
	Schema int    `json:"schema"`
	Suite  string `json:"suite"`

	Run    action.RunID `json:"run"`    // of the workflow that gate ran in; zero outside of GitHub
	Commit string       `json:"commit"` // that gets the status; empty outside of GitHub

	// Comparison is what gate decided; one that has only a verdict and reasons
	// says that nothing was measured ([compare.Unmeasured]).
	Comparison json.RawMessage `json:"comparison"`
	// Runs are those that the comparison was made from; none where it rests on
	// runs that were measured apart, or nothing was measured.
	Runs []json.RawMessage `json:"runs,omitempty"`
}

// newOutcome holds no runs yet.
func newOutcome(suite string, c *compare.Comparison) (*outcome, error) {
	var text bytes.Buffer
	err := report.JSON(&text, c)
	return &outcome{Schema: outcomeSchema, Suite: suite, Comparison: text.Bytes()}, err
}

// addRuns packs the runs of pairs. Where they take more than so many bytes, they go
// without their histograms: the numbers by which they are judged stay.
func (o *outcome) addRuns(pairs []compare.Pair, most int) error {
	var runs []*bench.Run
	for _, p := range pairs {
		runs = append(runs, p.Base, p.Head)
	}
	size, err := o.pack(runs)
	if err != nil || size <= most {
		return err
	}
	for i, run := range runs {
		runs[i] = bench.Thin(run)
	}
	_, err = o.pack(runs)
	return err
}

// pack sets the outcome's runs, and returns how many bytes they are.
func (o *outcome) pack(runs []*bench.Run) (size int, err error) {
	o.Runs = make([]json.RawMessage, len(runs))
	for i, run := range runs {
		if o.Runs[i], err = bench.EncodeRun(run); err != nil {
			return 0, err
		}
		size += len(o.Runs[i])
	}
	return size, nil
}

// write replaces the file in dir, whole or not at all.
func (o *outcome) write(dir string) error {
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, outcomeFile), append(data, '\n'))
}

// readOutcome reads what write wrote, and nothing else.
func readOutcome(r io.Reader) (*outcome, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxOutcome+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxOutcome {
		return nil, fmt.Errorf("%s: larger than %d MiB", outcomeFile, maxOutcome>>20)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	o := new(outcome)
	if err := dec.Decode(o); err != nil {
		return nil, fmt.Errorf("%s: %v", outcomeFile, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("%s: data after its end", outcomeFile)
	}
	if o.Schema != outcomeSchema {
		return nil, fmt.Errorf("%s: schema %d, this perfcheck knows %d: use the same version to measure and to publish", outcomeFile, o.Schema, outcomeSchema)
	}
	return o, nil
}

// of says what keeps the outcome from being that of a commit and a workflow run.
// An earlier attempt will do: only those jobs are made again that failed.
func (o *outcome) of(commit string, run action.RunID) error {
	if o.Commit != commit || o.Run.ID != run.ID || run.Before(o.Run) {
		return fmt.Errorf("%s is of another run: %d, attempt %d, of commit %.8q", outcomeFile, o.Run.ID, o.Run.Attempt, o.Commit)
	}
	return nil
}

// comparison returns what gate decided.
func (o *outcome) comparison() (*compare.Comparison, error) {
	return report.ReadJSON(bytes.NewReader(o.Comparison))
}

// writeFile replaces a file, whole or not at all.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
