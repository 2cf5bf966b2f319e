package profile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// readJSONLines returns the columns and the records of a file that has a JSON
// object on each line, all with the same keys; name is relative to dir.
func readJSONLines(dir, name string) (columns []string, records [][]any, err error) {
	data, err := readBeside(dir, name, maxData)
	if err != nil {
		return nil, nil, err
	}
	first, number := 0, 0
	for line := range bytes.Lines(bytes.TrimPrefix(data, byteOrderMark)) {
		number++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		object, err := jsonObject(line)
		if number == 1 && bytes.HasPrefix(line, []byte("[")) {
			return nil, nil, fmt.Errorf("%s: the file is a list: want each of its objects on a line, as by jq -c '.[]'", name)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s:%d: want a JSON object: %v", name, number, err)
		}
		keys := slices.Sorted(maps.Keys(object))
		switch {
		case columns == nil && len(keys) == 0:
			return nil, nil, fmt.Errorf("%s:%d: the object is empty: want at least one key", name, number)
		case columns == nil:
			columns, first = keys, number
		case !slices.Equal(keys, columns):
			return nil, nil, fmt.Errorf("%s:%d: want the keys of line %d, %q, got %q", name, number, first, columns, keys)
		}
		record := make([]any, len(columns))
		for i, column := range columns {
			record[i] = object[column]
		}
		records = append(records, record)
	}
	if len(records) == 0 {
		return nil, nil, fmt.Errorf("%s: the file is empty: want a JSON object on each line", name)
	}
	return columns, records, nil
}

// jsonObject parses one object, and keeps whole numbers exact.
func jsonObject(line []byte) (object map[string]any, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return nil, err
	}
	if object == nil {
		return nil, fmt.Errorf("got null")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("there is more after it")
	}
	for key, v := range object {
		object[key] = exact(v)
	}
	return object, nil
}

// exact replaces numbers by int64 or float64.
func exact(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return i
		}
		f, _ := v.Float64() // one out of range becomes infinite, and no request is made of it
		return f
	case map[string]any:
		for key, member := range v {
			v[key] = exact(member)
		}
	case []any:
		for i, item := range v {
			v[i] = exact(item)
		}
	}
	return v
}
