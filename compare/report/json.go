package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/perfcheck/perfcheck/compare"
)

// ErrSchema is returned when a comparison or calibration was written by a newer perfcheck.
var ErrSchema = errors.New("written by a newer perfcheck")

// JSON writes a comparison in its stable form, indented.
func JSON(w io.Writer, c *compare.Comparison) error { return writeJSON(w, "comparison "+c.ID, c) }

// CalibrationJSON writes a calibration in its stable form, indented.
func CalibrationJSON(w io.Writer, k *compare.Calibration) error {
	return writeJSON(w, "calibration "+k.ID, k)
}

func writeJSON(w io.Writer, what string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %v", what, err)
	}
	_, err = w.Write(append(data, '\n'))
	return err
}

// ReadJSON reads what [JSON] wrote and nothing else: an unknown field, verdict
// or version ([ErrSchema]), data after its end, and block values that do not
// belong together are errors. It reads r to its end, so bound it where it
// comes from elsewhere.
func ReadJSON(r io.Reader) (*compare.Comparison, error) {
	c := new(compare.Comparison)
	if err := readJSON(r, "comparison", compare.Schema, c); err != nil {
		return nil, err
	}
	if err := check(c); err != nil {
		return nil, fmt.Errorf("comparison %q: %v", c.ID, err)
	}
	return c, nil
}

// ReadCalibration reads what [CalibrationJSON] wrote, as strictly as [ReadJSON].
func ReadCalibration(r io.Reader) (*compare.Calibration, error) {
	k := new(compare.Calibration)
	if err := readJSON(r, "calibration", compare.CalibrationSchema, k); err != nil {
		return nil, err
	}
	return k, nil
}

// readJSON reads into v what has a schema of at most the newest.
func readJSON(r io.Reader, what string, newest int, v any) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	var version struct {
		Schema int `json:"schema"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return fmt.Errorf("%s: %v", what, err)
	}
	switch {
	case version.Schema > newest:
		return fmt.Errorf("%s: schema %d, this perfcheck knows up to %d: %w", what, version.Schema, newest, ErrSchema)
	case version.Schema < 1:
		return fmt.Errorf("%s: no schema version: not a %s of perfcheck", what, what)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("%s: %v", what, err)
	}
	return nil
}

// verdicts are those of a metric, and of what was measured.
var verdicts = []compare.Verdict{compare.Pass, compare.Improvement, compare.Regression, compare.Inconclusive, compare.Invalid}

var acceptedStates = []compare.AcceptedState{compare.Used, compare.Exceeded, compare.Unused, compare.Expired}

// check makes sure of what renderers rely on.
func check(c *compare.Comparison) error {
	if c.Verdict != compare.Skipped && !slices.Contains(verdicts, c.Verdict) {
		return fmt.Errorf("verdict %q", c.Verdict)
	}
	if c.Without != nil && !slices.Contains(verdicts, c.Without.Verdict) {
		return fmt.Errorf("without accepted slowdowns: verdict %q", c.Without.Verdict)
	}
	for _, a := range c.Accepted {
		if !slices.Contains(acceptedStates, a.State) {
			return fmt.Errorf("%s is accepted: state %q", a.Key, a.State)
		}
	}
	for i := range c.Deltas {
		d, e := &c.Deltas[i], &c.Deltas[i].Explain
		if d.Verdict != "" && !slices.Contains(verdicts, d.Verdict) {
			return fmt.Errorf("%s: verdict %q", d.Key, d.Verdict)
		}
		apart := len(e.Blocks) == 0 && len(e.Change) == 0 // two sessions have no blocks in common
		if n := len(e.Blocks); !apart && (len(e.Base) != n || len(e.Head) != n || len(e.Change) != n) {
			return fmt.Errorf("%s: %d blocks with %d, %d and %d values", d.Key, n, len(e.Base), len(e.Head), len(e.Change))
		}
	}
	return nil
}
