package scenario

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
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
	for _, g := range c.split(path+".basic.user", a.User) {
		if !g.isExpr && strings.Contains(g.text, ":") {
			c.bad(path+".basic.user", "a user must not hold a colon, at which its password begins (RFC 7617)")
		}
	}
	t := template{{text: "Basic "}}
	if fixed, ok := c.text(path+".basic", a.User+":"+a.Password, plain).fixed(); ok {
		t.literal(base64.StdEncoding.EncodeToString([]byte(fixed)))
		return t
	}
	text := c.joined(path+".basic.user", a.User) + ` + ":" + ` + c.joined(path+".basic.password", a.Password)
	return append(t, part{expr: c.expression(path+".basic", "toBase64("+text+")"), write: headerValue})
}

// identify adds the profile's credentials to what all requests have.
func (c *compiler) identify() {
	if a := c.auth("auth", c.profile.Auth); a != nil {
		c.common["Authorization"] = a
	}
}

// joined returns an expression that has a template's text as its value.
func (c *compiler) joined(path, s string) string {
	pieces := []string{`""`}
	for _, g := range c.split(path, s) {
		if g.isExpr {
			pieces = append(pieces, "string("+g.text+")")
		} else {
			pieces = append(pieces, strconv.Quote(g.text))
		}
	}
	return strings.Join(pieces, " + ")
}
