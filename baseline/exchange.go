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
	"slices"
	"strings"

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

// FileName returns the name of the file that a run travels in. It sorts by the
// run's start and consists of letters, digits, '.', '_' and '-'. The parts of a
// run that change after it was stored first are in the name, so that a name
// stands for one content for ever:
//
//	ID.json              measured alone, or not judged
//	ID.VERDICT.json      judged
//	ID.incomplete-N.json ended early, after N blocks
func FileName(s *Summary) string { return s.ID + state(s) + ".json" }

func state(s *Summary) string {
	switch {
	case !s.Complete:
		return fmt.Sprintf(".incomplete-%d", s.Blocks)
	case s.Verdict != "":
		return "." + s.Verdict
	default:
		return ""
	}
}

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
	if err := errors.Join(checkNames(run), checkWords(run)); err != nil {
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

// verdicts are those that a run may carry, the one that weighs more first: when
// two machines know different ones of a run, that one holds.
var verdicts = []string{"regression", "invalid", "inconclusive", "improvement", "pass", ""}

// weightier returns the verdict of the two that holds.
func weightier(a, b string) string {
	if slices.Index(verdicts, b) < slices.Index(verdicts, a) {
		return b
	}
	return a
}

// checkWords refuses what a run of perfcheck never says.
func checkWords(r *bench.Run) error {
	if !slices.Contains(verdicts, r.Verdict) {
		return fmt.Errorf("run %s: unknown verdict %q", r.ID, r.Verdict)
	}
	if !slices.Contains([]bench.Side{"", bench.Base, bench.Head}, r.Side) {
		return fmt.Errorf("run %s: unknown side %q", r.ID, r.Side)
	}
	return nil
}

// Lacking returns those of the names of files that tell something which the
// store does not know yet. What is no name of a run's file is among them.
func (s *Store) Lacking(names []string) (lacking []string, err error) {
	known := make(map[string]*Summary)
	for _, name := range names {
		id, state := splitName(path.Base(name))
		summary, ok := known[id]
		if !ok {
			if summary, err = s.summary(id); err != nil && !errors.Is(err, ErrNotFound) {
				return nil, err
			}
			known[id] = summary
		}
		if summary == nil || !covers(summary, state) {
			lacking = append(lacking, name)
		}
	}
	return lacking, nil
}

// splitName takes the name of a file apart into the run's id and its state.
func splitName(name string) (id, state string) {
	id = strings.TrimSuffix(name, ".json")
	if dot := strings.LastIndexByte(id, '.'); dot >= 0 {
		word := id[dot+1:]
		if slices.Contains(verdicts, word) || strings.HasPrefix(word, "incomplete-") {
			return id[:dot], id[dot:]
		}
	}
	return id, ""
}

// covers says whether a file in that state could tell nothing new of a run.
func covers(s *Summary, other string) bool {
	if other == state(s) {
		return true
	}
	verdict := strings.TrimPrefix(other, ".")
	return s.Complete && (!slices.Contains(verdicts, verdict) || weightier(s.Verdict, verdict) == s.Verdict)
}
