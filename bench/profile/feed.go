package profile

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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
		"csv":  func(n *node) { feed.CSV = r.str(n) },
		"pick": func(n *node) { feed.Pick = r.oneOf(n, Random, Sequential) },
	})
	at := n.field("csv")
	if at == nil {
		if n.kind == mapping {
			r.bad(n, "csv is missing: name the file that holds the records")
		}
		return feed
	}
	if feed.CSV == "" {
		return feed
	}
	var err error
	if feed.Columns, feed.Records, err = readCSV(r.dir, feed.CSV); err != nil {
		r.bad(at, "%v", err)
	}
	return feed
}

// readBeside reads a file whose name is relative to dir.
func readBeside(dir, name string) ([]byte, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	return os.ReadFile(name)
}

var byteOrderMark = []byte("\uFEFF")

// readCSV returns the columns and the records of a file; name is relative to dir.
func readCSV(dir, name string) (columns []string, records [][]string, err error) {
	data, err := readBeside(dir, name)
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
