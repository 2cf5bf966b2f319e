package scenario_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
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
	zipped, bomb := zip(t, `{"id": 7}`), zip(t, strings.Repeat("0", 16<<20+1))
	const field = "Content-Encoding: gzip\r\n"
	looks := get("/a", first("id", "$.id"))
	looks.Headers = map[string]string{"Accept-Encoding": "gzip"}
	blind := get("/b")
	blind.Headers = looks.Headers
	beside := get("/c",
		profile.Capture{Name: "code", Part: profile.StatusCode, Pick: profile.First},
		profile.Capture{Name: "server", Header: "Server", Pick: profile.First},
		profile.Capture{Name: "session", Cookie: "session", Pick: profile.First})
	beside.Headers = map[string]string{"Accept-Encoding": "br, gzip"}
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
		{"a bomb", looks, field, bomb, "the body has more than 16777216 bytes when it is decoded"},
		{"none, said so", looks, "Content-Encoding: identity\r\n", []byte(`{"id": 7}`), ""},
		{"another", looks, "Content-Encoding: br\r\n", zipped, `the body is encoded as "br": ask for gzip, which perfcheck can read`},
		{"a bomb that nobody looks at", blind, field, bomb, ""},
		{"another that nobody looks at", beside, "Set-Cookie: session=x\r\nContent-Encoding: br\r\n", zipped, ""},
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

// What perfcheck cannot read is a mistake where it has to.
func TestEncodingProblems(t *testing.T) {
	const want = "profiles.p.%s: Accept-Encoding: %s: bodies are looked at, and perfcheck can read gzip only: write gzip"
	for asked, unreadable := range map[string]string{
		"gzip": "", "GZIP;q=1.0, identity": "", "gzip, *;q=0": "", "": "", "${'br'}": "",
		"br": "br", "gzip, zstd;q=0.5": "zstd;q=0.5", "*": "*", "deflate": "deflate",
	} {
		own := oneScenario(get("/a", first("id", "$.id")))
		own.Scenarios[0].Steps[0].Request.Headers = map[string]string{"accept-encoding": asked}
		whole := oneScenario(get("/a", first("id", "$.id")))
		whole.Headers = map[string]string{"Accept-Encoding": asked}
		for at, p := range map[string]*profile.Profile{"scenarios[0].steps[0].headers": own, "headers": whole} {
			problem := ""
			if unreadable != "" {
				problem = fmt.Sprintf(want, at, unreadable)
			}
			got := ""
			if _, err := scenario.Compile(p); err != nil {
				got = err.Error()
			}
			if got != problem {
				t.Errorf("%q: got %s, want %s", asked, got, problem)
			}
		}
	}
}
