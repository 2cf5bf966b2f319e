package profile

import (
	"cmp"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// A Part is one field of a multipart body.
type Part struct {
	Name     string `json:",omitzero"`
	Value    string `json:",omitzero"` // of a field that is no file
	File     []byte `json:",omitzero"` // what the file held when the profile was loaded; nil for other fields
	FileName string `json:",omitzero"` // as it is sent
	Type     string `json:",omitzero"` // media type of a file
}

// bodies are the keys of a request that give it a body.
var bodies = []string{"json", "form", "multipart", "file", "body"}

func (r *reader) checkBody(n *node) {
	var got []string
	for _, key := range bodies {
		if n.field(key) != nil {
			got = append(got, key)
		}
	}
	if len(got) > 1 {
		r.bad(n, "want one body, got %s", strings.Join(got, " and "))
	}
}

// content returns what the file holds that n names; it is not nil.
func (r *reader) content(n *node) []byte {
	name := r.str(n)
	if name == "" {
		return []byte{}
	}
	data, err := readBeside(r.dir, name, maxData)
	if err != nil {
		r.bad(n, "%v", err)
	}
	return slices.Concat([]byte{}, data)
}

func (r *reader) multipart(n *node) []Part {
	var out []Part
	for _, f := range r.entries(n) {
		out = append(out, r.part(f))
	}
	slices.SortFunc(out, func(a, b Part) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func (r *reader) part(f field) Part {
	if strings.ContainsFunc(f.name, unicode.IsControl) {
		r.bad(f.node, "want a name without control characters, got %q", f.name)
	}
	if f.node.kind != mapping {
		return Part{Name: f.name, Value: r.text(f.node)}
	}
	p := Part{Name: f.name, Type: "application/octet-stream"}
	r.fields(f.node, map[string]func(*node){
		"file": func(n *node) {
			p.File = r.content(n)
			p.FileName = cmp.Or(p.FileName, path.Base(filepath.ToSlash(n.text)))
		},
		"name": func(n *node) { p.FileName = r.line(n) },
		"type": func(n *node) { p.Type = r.line(n) },
	})
	if f.node.field("file") == nil {
		r.bad(f.node, "file is missing: a field that is no file is a plain text")
	}
	return p
}

// line reads a text that has to stay on its line.
func (r *reader) line(n *node) string {
	s := r.text(n)
	if strings.ContainsFunc(s, unicode.IsControl) {
		r.bad(n, "want a value of one line, without control characters")
	}
	return s
}

// Auth says who sends a request: exactly one of Bearer and User is set.
type Auth struct {
	Bearer   string `json:",omitzero"` // a token
	User     string `json:",omitzero"` // of basic authentication
	Password string `json:",omitzero"`
}

// auth reads credentials, which take the place of the header of that name.
func (r *reader) auth(n, headers *node) Auth {
	var a Auth
	r.fields(n, map[string]func(*node){
		"bearer": func(n *node) {
			if a.Bearer = r.line(n); a.Bearer == "" {
				r.bad(n, "want a token, got nothing: remove auth, or write {bearer: \"${token}\"}")
			}
		},
		"basic": func(n *node) {
			r.fields(n, map[string]func(*node){
				"user":     func(n *node) { a.User = r.line(n) },
				"password": func(n *node) { a.Password = r.line(n) },
			})
			if n.kind == mapping && a.User == "" {
				r.bad(n, "user is missing: write {user: ann, password: secret}")
			}
		},
	})
	if n.kind == mapping && len(n.fields) != 1 {
		r.bad(n, "want one of bearer and basic")
	}
	if headers != nil {
		for _, f := range headers.fields {
			if strings.EqualFold(f.name, "Authorization") {
				r.bad(f.node, "auth sets this header: remove one of them")
			}
		}
	}
	return a
}
