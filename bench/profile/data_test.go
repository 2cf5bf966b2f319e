package profile

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestJSONLines(t *testing.T) {
	tests := []struct{ text, want string }{
		{"{\"a\":9007199254740993,\"b\":[1.5]}\n\n{\"b\":null,\"a\":\"x\"}", ""},
		{"", "x.jsonl: the file is empty: want a JSON object on each line"},
		{"{}\n", "x.jsonl:1: the object is empty: want at least one key"},
		{"{\"a\":1}\n[1]\n", "x.jsonl:2: want a JSON object: json: cannot unmarshal array into Go value of type map[string]interface {}"},
		{"{\"a\":1} {}\n", "x.jsonl:1: want a JSON object: there is more after it"},
		{"[{\"a\":1}]\n", "x.jsonl: the file is a list: want each of its objects on a line, as by jq -c '.[]'"},
		{"null\n", "x.jsonl:1: want a JSON object: got null"},
		{"{\"a\":1}\n\n{\"b\":1}\n", `x.jsonl:3: want the keys of line 1, ["a"], got ["b"]`},
	}
	for _, test := range tests {
		dir := t.TempDir()
		put(t, dir, "x.jsonl", test.text)
		columns, values, err := readJSONLines(dir, "x.jsonl")
		got := ""
		if err != nil {
			got = err.Error()
		} else if want := [][]any{{int64(9007199254740993), []any{1.5}}, {"x", nil}}; !reflect.DeepEqual(values, want) || len(columns) != 2 {
			t.Errorf("%q: %v %v", test.text, columns, values)
		}
		if got != test.want {
			t.Errorf("%q: got %s, want %s", test.text, got, test.want)
		}
	}
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreBounded(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "big", "")
	if err := os.Truncate(filepath.Join(dir, "big"), maxData+1); err != nil {
		t.Fatal(err)
	}
	if _, err := readBeside(dir, "big", maxData); err == nil || !strings.HasPrefix(err.Error(), "big: more than 64 MiB") {
		t.Errorf("got %v", err)
	}
	if _, err := readBeside("/dev", "zero", maxData); err == nil || err.Error() != "zero: want a regular file, got a device" {
		t.Errorf("a device: got %v", err)
	}
}

func TestDataProblems(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "two.csv", "a\n1\n2\n")
	put(t, dir, "pic.jpg", "\xff\xfe")
	tests := []struct{ arrival, rest, want string }{
		{"{users: 2}", "data: {f: {csv: two.csv, pick: unique}}", ""},
		{"{users: 3}", "data: {f: {csv: two.csv, pick: unique}}", "data.f: 2 records for 3 users: add records, or let them come again by pick: sequential, at_end: recycle"},
		{"{users: 3}", "data: {f: {csv: two.csv, pick: sequential, at_end: stop}}", "data.f: 2 records for 3 users: add records, or let them come again by pick: sequential, at_end: recycle"},
		{"{users: 3}", "data: {f: {csv: two.csv, pick: sequential, at_end: recycle}}", ""},
		{"{rate: 3/s}", "data: {f: {csv: two.csv, pick: unique}}", ""},
		{"{users: 1}", "data: {f: {csv: two.csv, at_end: stop}}", "data.f.at_end: has no effect with pick: random, which never ends"},
		{"{users: 1}", "data: {f: {csv: two.csv, pick: unique, at_end: recycle}}", "data.f.at_end: a record that comes again is not unique: write pick: sequential"},
		{"{users: 3}", "data: {f: {csv: two.csv, per: scenario}}", ""},
		{"{users: 1}", "data: {f: {csv: two.csv, per: request}}", `data.f.per: want user or scenario, got "request"`},
		{"{users: 1}", "data: {f: {pick: unique}}", "data.f: want one of csv and jsonl: name the file that holds the records"},
		{"{users: 1}", "data: {f: {csv: two.csv, jsonl: two.csv}}", "data.f: want one of csv and jsonl: name the file that holds the records"},
		{"{users: 1}", "login: [{PUT: /, file: none}]", "login[0].file: " + filepath.Join(dir, "none") + ": no such file or directory"},
		{"{users: 1}", "login: [{PUT: /, file: pic.jpg, body: x}]", "login[0]: want one body, got file and body"},
		{"{users: 1}", "login: [{PUT: /, multipart: {a: {name: x}}}]", "login[0].multipart.a: file is missing: a field that is no file is a plain text"},
		{"{users: 1}", "login: [{PUT: /, multipart: {a: {file: pic.jpg, type: \"a\\nb\"}}}]", "login[0].multipart.a.type: want a value of one line, without control characters"},
		{"{users: 1}", "headers: {A: \"a\\nb\"}", "headers.A: want a value of one line, without control characters"},
		{"{users: 1}", "login: [{PUT: /, headers: {A: \"a\\x7f\"}}]", "login[0].headers.A: want a value of one line, without control characters"},
		{"{users: 1}", "headers: {A: \"a\\tbé\"}", ""},
		{"{users: 1}", "auth: {}", "auth: want one of bearer and basic"},
		{"{users: 1}", "auth: {bearer: \"\"}", "auth.bearer: want a token, got nothing: remove auth, or write {bearer: \"${token}\"}"},
		{"{users: 1}", "auth: {basic: {password: x}}", "auth.basic: user is missing: write {user: ann, password: secret}"},
		{"{users: 1}", "auth: {bearer: x}\n    headers: {authorization: y}", "headers.authorization: auth sets this header: remove one of them"},
	}
	for _, test := range tests {
		_, err := parse(filepath.Join(dir, "x.yml"), []byte(small("arrival: "+test.arrival, test.rest)))
		switch {
		case test.want == "" && err != nil, test.want != "" && (err == nil || !strings.HasSuffix(err.Error(), " profiles.p."+test.want)):
			t.Errorf("%s, %s:\n got %v\nwant %s", test.arrival, test.rest, err, test.want)
		}
	}
}

// What a file holds counts for the digest, also where it is no text.
func TestDigestCoversFiles(t *testing.T) {
	dir := t.TempDir()
	digests := map[string]bool{}
	for _, content := range []string{"", "a", "\xff", "\xfe"} {
		put(t, dir, "f", content)
		for _, body := range []string{"file: f", "multipart: {a: {file: f}}"} {
			c, err := parse(filepath.Join(dir, "x.yml"), []byte(small("arrival: {users: 1}", "login: [{PUT: /, "+body+"}]")))
			if err != nil {
				t.Fatal(err)
			}
			digests[c.Profiles[0].Digest] = true
		}
	}
	if len(digests) != 8 {
		t.Errorf("8 different bodies have %d digests", len(digests))
	}
}
