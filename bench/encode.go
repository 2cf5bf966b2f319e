package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Schema is the version of the encoding of a Run that this perfcheck writes.
// It grows with the first change after a release that an older perfcheck cannot read:
// 2 has histograms that 1 cannot read, and a new field is one, too, since a
// perfcheck that passed over it would judge without it and write the run back
// without it. The schema of a store grows with it.
const Schema = 2

// ErrSchema is returned when a run was written by a newer perfcheck.
var ErrSchema = errors.New("written by a newer perfcheck")

type envelope struct {
	Schema int `json:"schema"`
	Run
}

// EncodeRun returns r as one line of JSON with its schema version.
func EncodeRun(r *Run) ([]byte, error) {
	return json.Marshal(envelope{Schema, *r})
}

// DecodeRun reads what [EncodeRun] wrote. Unknown fields, trailing data and an
// unknown schema version ([ErrSchema]) are errors. The data may be anybody's:
// the run takes at most a small multiple of their size in memory.
func DecodeRun(data []byte) (*Run, error) {
	if elements(data) > minElements+len(data)/elementSize {
		return nil, fmt.Errorf("run: more parts than its size has room for: not a run of perfcheck")
	}
	var version struct {
		Schema int `json:"schema"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, fmt.Errorf("run: %v", err)
	}
	switch {
	case version.Schema > Schema:
		return nil, fmt.Errorf("run: schema %d, this perfcheck knows up to %d: %w", version.Schema, Schema, ErrSchema)
	case version.Schema < 1:
		return nil, fmt.Errorf("run: no schema version: not a run of perfcheck")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var e envelope
	if err := dec.Decode(&e); err != nil {
		return nil, fmt.Errorf("run: %v", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("run: data after its end")
	}
	for _, t := range e.Trials {
		for _, s := range slices.Concat(t.Steps, t.Transactions) {
			if s.Latency == nil || s.Service == nil {
				return nil, fmt.Errorf("run %q: block %d: step %q has no latencies", e.ID, t.Block, s.Name)
			}
		}
		for _, target := range t.Targets {
			if target.Service == nil {
				return nil, fmt.Errorf("run %q: block %d: target %q has no latencies", e.ID, t.Block, target.Name)
			}
		}
	}
	return &e.Run, nil
}

// An element of an array as small as 0 or null becomes a trial of some 250 bytes.
// Those that EncodeRun writes are 36 bytes at least, but for notes and warnings,
// of which few are so short, and none so many.
const (
	elementSize = 32
	minElements = 1 << 12
)

// elements counts the elements of all arrays in data that is JSON, and what is
// empty as one more. An array has one element more than commas, an object one key
// more, and each key a colon.
func elements(data []byte) (n int) {
	text := false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '"':
			text = !text
		case text && c == '\\':
			i++
		case text:
		case c == '[', c == '{', c == ',':
			n++
		case c == ':':
			n--
		}
	}
	return n
}
