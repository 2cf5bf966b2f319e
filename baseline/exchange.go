package baseline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/perfcheck/perfcheck/bench"
)

// Format is the version of the files that [Store.Export] writes. docs/format.md
// describes them.
const Format = 1

// MaxFileSize is the size in bytes above which a file is neither written nor
// read. A run of 34 blocks and 100 steps takes about 10 MB.
const MaxFileSize = 32 << 20

// kind is what a file says that it holds.
const kind = "run"

// header is what stands around the run in a file.
type header struct {
	Perfcheck string          `json:"perfcheck"` // kind
	Format    int             `json:"format"`
	SHA256    string          `json:"sha256"` // of Run's bytes, in hexadecimal
	Run       json.RawMessage `json:"run"`
}

// FileName returns the name of the file that a complete run travels in. It sorts
// by the run's start and consists of letters, digits, '.', '_' and '-'. The parts
// of a run that change after it was complete are in the name, so that a name
// stands for one content for ever:
//
//	ID.json           measured alone, or not judged
//	ID.VERDICT.json   judged
//	ID.VERDICT-N.json judged anew, with another verdict each of N times
func FileName(s *Summary) string { return s.ID + s.judgement().String() + ".json" }

// writeFile returns the file of a run that is encoded already. Nothing but the
// run's bytes decides what is in it.
func writeFile(run []byte) ([]byte, error) {
	sum := sha256.Sum256(run)
	data := fmt.Appendf(nil, `{"perfcheck":%q,"format":%d,"sha256":"%x","run":%s}`+"\n", kind, Format, sum, run)
	if len(data) > MaxFileSize {
		return nil, fmt.Errorf("%d bytes, and a file may have %d", len(data), MaxFileSize)
	}
	return data, nil
}

// An arrival is a run that came in a file.
type arrival struct {
	run     []byte // as it was encoded
	summary *Summary
}

// readFile takes a file apart that anybody may have made. An empty name is not checked.
func readFile(name string, data []byte) (*arrival, error) {
	h, err := readHeader(data)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(h.Run)
	if h.SHA256 != hex.EncodeToString(sum[:]) {
		return nil, errors.New("the run was changed after it was exported: its SHA-256 is another")
	}
	run, err := bench.DecodeRun(h.Run)
	if err != nil {
		return nil, err
	}
	if err := checkRun(run); err != nil {
		return nil, err
	}
	a := &arrival{h.Run, summarize(run)}
	if want := FileName(a.summary); name != "" && path.Base(name) != want {
		return nil, fmt.Errorf("holds the run of %s: rename it back", want)
	}
	return a, nil
}

func readHeader(data []byte) (h header, err error) {
	if len(data) > MaxFileSize {
		return h, fmt.Errorf("%d bytes, and a file may have %d", len(data), MaxFileSize)
	}
	var version struct {
		Perfcheck string `json:"perfcheck"`
		Format    int    `json:"format"`
	}
	if err := json.Unmarshal(data, &version); err != nil || version.Perfcheck != kind || version.Format < 1 {
		return h, errors.New("not a run that perfcheck exported")
	}
	if version.Format > Format {
		return h, fmt.Errorf("format %d, this perfcheck knows up to %d: %w", version.Format, Format, bench.ErrSchema)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&h); err != nil {
		return h, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return h, errors.New("data after the end of the run")
	}
	if bytes.ContainsAny(h.Run, "\r\n") {
		return h, errors.New("the run is not on one line, as it is exported")
	}
	return h, nil
}

// Lacking returns those of the names of files that tell something which the
// store does not know yet. What is no name of a run's file is among them.
func (s *Store) Lacking(names []string) (lacking []string, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		for _, name := range names {
			id, judged := splitName(path.Base(name))
			summary, err := findSummary(tx, []byte(id))
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if summary == nil || !summary.Complete || summary.judgement().yieldsTo(judged) {
				lacking = append(lacking, name)
			}
		}
		return nil
	})
	return lacking, err
}

// splitName takes the name of a file apart into the run's id and how it was judged.
func splitName(name string) (id string, judged judgement) {
	id = strings.TrimSuffix(name, ".json")
	if dot := strings.LastIndexByte(id, '.'); dot >= 0 {
		if judged, ok := parseJudgement(id[dot:]); ok {
			return id[:dot], judged
		}
	}
	return id, judgement{}
}
