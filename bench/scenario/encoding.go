package scenario

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
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

// asksForEncoding says whether the service may encode the answer.
func (r *request) asksForEncoding() bool {
	return slices.ContainsFunc(r.header, func(h headerTemplate) bool { return strings.EqualFold(h.name, "Accept-Encoding") })
}

// examineEncoded examines the answer as it was before it was encoded.
func (a *answer) examineEncoded(u *User, r *Response) error {
	encoding := ""
	for value := range headerValues(r.Header, "Content-Encoding") {
		encoding += value
	}
	switch {
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
