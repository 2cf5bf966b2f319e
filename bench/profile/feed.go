package profile

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/perfcheck/perfcheck/bench"
)

func (r *reader) feeds(n *node) []Feed {
	var out []Feed
	for _, f := range r.entries(n) {
		out = append(out, r.feed(f.name, f.node))
	}
	slices.SortFunc(out, func(a, b Feed) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func (r *reader) feed(name string, n *node) Feed {
	feed := Feed{Name: name, Pick: Random}
	r.fields(n, map[string]func(*node){
		"csv":    func(n *node) { feed.CSV = r.str(n) },
		"jsonl":  func(n *node) { feed.JSONL = r.str(n) },
		"pick":   func(n *node) { feed.Pick = r.oneOf(n, Random, Sequential, Unique) },
		"per":    func(n *node) { feed.PerScenario = r.oneOf(n, "user", "scenario") == "scenario" },
		"at_end": func(n *node) { feed.Stop = r.oneOf(n, "recycle", "stop") == "stop" },
	})
	if n.kind != mapping {
		return feed
	}
	r.readFeed(n, &feed)
	switch end := n.field("at_end"); {
	case end == nil:
	case feed.Pick == Random:
		r.bad(end, "has no effect with pick: random, which never ends")
	case feed.Pick == Unique && !feed.Stop:
		r.bad(end, "a record that comes again is not unique: write pick: sequential")
	}
	feed.Stop = feed.Stop && feed.Pick == Sequential // the digest of unique says it already
	return feed
}

// readFeed reads the records of the file that a feed names.
func (r *reader) readFeed(n *node, feed *Feed) {
	csv, lines := n.field("csv"), n.field("jsonl")
	var err error
	switch {
	case (csv == nil) == (lines == nil):
		r.bad(n, "want one of csv and jsonl: name the file that holds the records")
	case feed.CSV != "":
		if feed.Columns, feed.Records, err = readCSV(r.dir, feed.CSV); err != nil {
			r.bad(csv, "%v", err)
		}
	case feed.JSONL != "":
		if feed.Columns, feed.Values, err = readJSONLines(r.dir, feed.JSONL); err != nil {
			r.bad(lines, "%v", err)
		}
	}
}

// checkFeeds reports a feed that ends before every user has a record.
func (r *reader) checkFeeds(n *node, p *Profile) {
	users := p.Arrival.PeakUsers()
	if p.Arrival.Open() && len(p.Login) > 0 {
		users = p.Arrival.LoggedIn()
	}
	for _, f := range p.Data {
		if f.Ends() && f.Len() > 0 && f.Len() < users {
			r.bad(n.field("data").field(f.Name), "%s for %d users: add records, or let them come again by pick: sequential, at_end: recycle", bench.Count(f.Len(), "record"), users)
		}
	}
}

// Len returns how many records there are.
func (f *Feed) Len() int { return max(len(f.Records), len(f.Values)) }

// Value returns that of a record in a column.
func (f *Feed) Value(record, column int) any {
	if f.Values != nil {
		return f.Values[record][column]
	}
	return f.Records[record][column]
}

// Ends says that no record comes twice.
func (f *Feed) Ends() bool { return f.Stop || f.Pick == Unique }

// maxData bounds a file that is read as a whole, in bytes. It stays in memory,
// a feed several times as large, as long as perfcheck runs.
const maxData = 64 << 20

// readBeside reads a file that is neither longer than most bytes, nor a device or
// pipe, which may never end; name is relative to dir.
func readBeside(dir, name string, most int64) ([]byte, error) {
	path := beside(dir, name)
	info, err := os.Stat(path)
	switch failed, ok := errors.AsType[*fs.PathError](err); {
	case ok:
		return nil, fmt.Errorf("%s: %w", path, failed.Err)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: want a regular file, got %s", name, fileKind(info.Mode()))
	case info.Size() > most:
		return nil, fmt.Errorf("%s: more than %d MiB, which perfcheck would keep in memory: use a smaller one", name, most>>20)
	}
	return os.ReadFile(path)
}

func fileKind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	case m&fs.ModeDevice != 0:
		return "a device"
	case m&fs.ModeSocket != 0:
		return "a socket"
	}
	return "something else"
}

// beside returns the path of a file whose name is relative to dir.
func beside(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

var byteOrderMark = []byte("\uFEFF")

// readCSV returns the columns and the records of a file; name is relative to dir.
func readCSV(dir, name string) (columns []string, records [][]string, err error) {
	data, err := readBeside(dir, name, maxData)
	if err != nil {
		return nil, nil, err
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, byteOrderMark)))
	columns, err = in.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("%s: the file is empty: want a line of column names, then records", name)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %v", name, err)
	}
	for i, c := range columns {
		if c == "" || slices.Contains(columns[:i], c) {
			return nil, nil, fmt.Errorf("%s: column %d: want a name of its own, got %q", name, i+1, c)
		}
	}
	records, err = in.ReadAll()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %v", name, err)
	}
	if len(records) == 0 {
		return nil, nil, fmt.Errorf("%s: no records after the line of column names", name)
	}
	return columns, records, nil
}
