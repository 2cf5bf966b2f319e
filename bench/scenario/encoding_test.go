package scenario_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

func zip(t *testing.T, body string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(body)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A body is decoded where something looks at it, within bounds.
func TestEncodings(t *testing.T) {
	zipped := zip(t, `{"id": 7}`)
	const field = "Content-Encoding: gzip\r\n"
	looks := get("/a", first("id", "$.id"))
	looks.Headers = map[string]string{"Accept-Encoding": "gzip"}
	blind := get("/b")
	blind.Headers = looks.Headers
	tests := []struct {
		name    string
		request *profile.Request
		header  string
		body    []byte
		problem string
	}{
		{"gzip", looks, field, zipped, ""},
		{"of odd spelling", looks, "content-encoding:  GZIP\r\n", zipped, ""},
		{"plain", looks, "", []byte(`{"id": 7}`), ""},
		{"cut short", looks, field, zipped[:len(zipped)-4], "the body is no gzip: unexpected EOF"},
		{"no gzip", looks, field, []byte(`{"id": 7, "name": "x"}`), "the body is no gzip: gzip: invalid header"},
		{"a bomb", looks, field, zip(t, strings.Repeat("0", 32<<20)), "the body has more than 16777216 bytes when it is decoded"},
		{"another", looks, "Content-Encoding: br\r\n", zipped, `the body is encoded as "br": ask for gzip, which perfcheck can read`},
		{"a bomb that nobody looks at", blind, field, zip(t, strings.Repeat("0", 32<<20)), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			u := compile(t, oneScenario(test.request)).User(0)
			u.Begin(0)
			u.Next()
			err := u.Accept(&scenario.Response{Status: 200, Header: []byte("Server: x\r\n" + test.header), Body: test.body})
			if test.problem == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if _, ok := errors.AsType[*scenario.EncodingError](err); !ok || err.Error() != test.problem {
				t.Errorf("got %v, want %s", err, test.problem)
			}
		})
	}
}
