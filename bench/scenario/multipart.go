package scenario

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// multipart compiles a body of fields and files (RFC 7578).
func (c *compiler) multipart(t *template, path string, q *profile.Request) {
	boundary := c.boundary(q)
	for _, p := range q.Multipart {
		t.literal("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + partName.Replace(p.Name) + `"`)
		if p.File != nil {
			t.literal("; filename=\"" + partName.Replace(p.FileName) + "\"\r\nContent-Type: " + p.Type + "\r\n\r\n" + string(p.File) + "\r\n")
			continue
		}
		t.literal("\r\n\r\n")
		for _, piece := range c.text(path+"."+p.Name, p.Value, plain) {
			if piece.expr == nil {
				t.literal(piece.text)
			} else {
				*t = append(*t, piece)
			}
		}
		t.literal("\r\n")
	}
	t.literal("--" + boundary + "--\r\n")
}

// partName escapes the name of a field or file as browsers do.
var partName = strings.NewReplacer(`"`, "%22", "\r", "%0D", "\n", "%0A")

// boundary follows from the seed, and occurs in no part as the profile has it.
func (c *compiler) boundary(q *profile.Request) string {
	for n := mix(c.profile.Seed); ; n = mix(n) {
		b := fmt.Sprintf("perfcheck-%016x", n)
		if !slices.ContainsFunc(q.Multipart, func(p profile.Part) bool {
			return strings.Contains(p.Value, b) || strings.Contains(string(p.File), b)
		}) {
			return b
		}
	}
}

// auth compiles the value of the header Authorization; it is nil for nobody.
func (c *compiler) auth(path string, a profile.Auth) template {
	switch {
	case a.Bearer != "":
		return c.text(path+".bearer", "Bearer "+a.Bearer, headerValue)
	case a.User == "":
		return nil
	}
	b := basic{c.text(path+".basic.user", a.User, plain), c.text(path+".basic.password", a.Password, plain)}
	for _, p := range b.user {
		if strings.Contains(p.text, ":") {
			c.bad(path+".basic.user", "%v", errColon)
		}
	}
	_, fixedUser := b.user.fixed()
	if _, fixed := b.password.fixed(); fixed && fixedUser {
		text, _ := b.append(nil, nil) // a colon is reported
		return template{{text: "Basic " + string(text)}}
	}
	return template{{text: "Basic "}, {basic: &b}}
}

// A basic is what stands in a header for a user and a password.
type basic struct{ user, password template }

var errColon = errors.New("a user must not hold a colon, at which its password begins (RFC 7617)")

func (b *basic) append(dst []byte, u *User) ([]byte, error) {
	pair, err := b.user.append(nil, u)
	if err != nil {
		return dst, err
	}
	if bytes.IndexByte(pair, ':') >= 0 {
		return dst, errColon
	}
	if pair, err = b.password.append(append(pair, ':'), u); err != nil {
		return dst, err
	}
	return base64.StdEncoding.AppendEncode(dst, pair), nil
}

// identify adds the profile's credentials to what all requests have.
func (c *compiler) identify() {
	if a := c.auth("auth", c.profile.Auth); a != nil {
		c.common["Authorization"] = a
	}
}
