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

// schema is the newest version of a comparison's JSON form that ReadJSON knows.
const schema = 1

// ErrSchema is returned when a comparison was written by a newer perfcheck.
var ErrSchema = errors.New("written by a newer perfcheck")

// JSON writes a comparison in its stable form, indented.
func JSON(w io.Writer, c *compare.Comparison) error {
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("comparison %s: %v", c.ID, err)
	}
	_, err = w.Write(append(data, '\n'))
	return err
}

// ReadJSON reads what [JSON] wrote and nothing else: an unknown field, verdict
// or version ([ErrSchema]), data after its end, and block values that do not
// belong together are errors. It reads r to its end, so bound it where it
// comes from elsewhere.
func ReadJSON(r io.Reader) (*compare.Comparison, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("comparison: %w", err)
	}
	var version struct {
		Schema int `json:"schema"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, fmt.Errorf("comparison: %v", err)
	}
	switch {
	case version.Schema > schema:
		return nil, fmt.Errorf("comparison: schema %d, this perfcheck knows up to %d: %w", version.Schema, schema, ErrSchema)
	case version.Schema < 1:
		return nil, errors.New("comparison: no schema version: not a comparison of perfcheck")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	c := new(compare.Comparison)
	if err := dec.Decode(c); err != nil {
		return nil, fmt.Errorf("comparison: %v", err)
	}
	if err := check(c); err != nil {
		return nil, fmt.Errorf("comparison %q: %v", c.ID, err)
	}
	return c, nil
}

var verdicts = []compare.Verdict{compare.Pass, compare.Improvement, compare.Regression, compare.Inconclusive, compare.Invalid}

// check makes sure of what renderers rely on.
func check(c *compare.Comparison) error {
	if !slices.Contains(verdicts, c.Verdict) {
		return fmt.Errorf("verdict %q", c.Verdict)
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
