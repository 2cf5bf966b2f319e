package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Schema is the version of the encoding of a Run that this perfcheck writes.
// It grows when an older perfcheck could no longer read a run rightly.
const Schema = 1

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
	if objects(data) > minObjects+len(data)/objectSize {
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
		for _, s := range t.Steps {
			if s.Latency == nil || s.Service == nil {
				return nil, fmt.Errorf("run %s: block %d: step %q has no latencies", e.ID, t.Block, s.Name)
			}
		}
	}
	return &e.Run, nil
}

// An object of JSON as small as {} may become a trial of some 500 bytes. Those
// that EncodeRun writes average 50 bytes at least, but for a run without trials.
const (
	objectSize = 32
	minObjects = 8
)

// objects counts the objects in data.
func objects(data []byte) (n int) {
	text := false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '"':
			text = !text
		case text && c == '\\':
			i++
		case !text && c == '{':
			n++
		}
	}
	return n
}
