package scenario

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// maxDecoded is the longest body that is decoded: as long as the longest that a
// wire takes.
const maxDecoded = 16 << 20

// An EncodingError is what [User.Accept] returns for a body that cannot be read
// as its Content-Encoding says.
type EncodingError struct{ text string }

func (e *EncodingError) Error() string { return e.text }

// A decoder undoes gzip. It is large, and used for the time of a call.
type decoder struct {
	gzip gzip.Reader
	body bytes.Buffer
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// looksAtBody says whether something checks or captures what the body says.
func (a *answer) looksAtBody() bool {
	return len(a.body)+len(a.checks) > 0 || slices.ContainsFunc(a.captures, func(k capture) bool {
		return k.from == fromJSON || k.from == fromBody
	})
}

// encoding says whether a request whose answer's body is looked at asks for one
// that is encoded, and reports encodings that perfcheck cannot read.
func (c *compiler) encoding(path string, q *profile.Request, r *request) bool {
	const name = "Accept-Encoding"
	i := slices.IndexFunc(r.header, func(h headerTemplate) bool { return h.name == name })
	if i < 0 {
		return false
	}
	at := "headers"
	for own := range q.Headers {
		if strings.EqualFold(own, name) {
			at = path + ".headers"
		}
	}
	asked, fixed := r.header[i].value.fixed()
	for item := range strings.SplitSeq(asked, ",") {
		if fixed && !readable(item) {
			c.bad(at, "Accept-Encoding: %s: bodies are looked at, and perfcheck can read gzip only: write gzip", strings.TrimSpace(item))
		}
	}
	return true
}

// readable says whether an item of Accept-Encoding (RFC 9110 section 12.5.3) asks
// for nothing but what can be read.
func readable(item string) bool {
	coding, weight, _ := strings.Cut(item, ";")
	switch strings.ToLower(strings.TrimSpace(coding)) {
	case "", "gzip", "identity":
		return true
	}
	_, q, _ := strings.Cut(weight, "=")
	refused, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
	return err == nil && refused == 0
}

// encoding returns how the body is encoded; empty where it is as it was.
func (r *Response) encoding() (all string) {
	for value := range headerValues(r.Header, "Content-Encoding") {
		all += value
	}
	if strings.EqualFold(all, "identity") {
		return ""
	}
	return all
}

// examineEncoded examines the answer as it was before it was encoded.
func (a *answer) examineEncoded(u *User, r *Response) error {
	switch encoding := r.encoding(); {
	case encoding == "" || len(r.Body) == 0:
		return a.examine(u, r)
	case !strings.EqualFold(encoding, "gzip"):
		return &EncodingError{fmt.Sprintf("the body is encoded as %q: ask for gzip, which perfcheck can read", encoding)}
	}
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	if err := d.decode(r.Body); err != nil {
		return err
	}
	plain := *r
	plain.Body = d.body.Bytes()
	return a.examine(u, &plain)
}

func (d *decoder) decode(body []byte) error {
	d.body.Reset()
	err := d.gzip.Reset(bytes.NewReader(body))
	if err == nil {
		_, err = d.body.ReadFrom(io.LimitReader(&d.gzip, maxDecoded+1))
	}
	if err != nil {
		return &EncodingError{fmt.Sprintf("the body is no gzip: %v", err)}
	}
	if d.body.Len() > maxDecoded {
		d.body = bytes.Buffer{}
		return &EncodingError{fmt.Sprintf("the body has more than %d bytes when it is decoded", maxDecoded)}
	}
	return nil
}
