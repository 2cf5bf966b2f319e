package scenario

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// FuzzPlainPath checks that a path which is followed in the text selects what
// it does in a parsed document.
func FuzzPlainPath(f *testing.F) {
	for _, path := range []string{"$", "$.a", "$['a b']", "$.a.b", "$[0]", "$.a[1].b", "$[*]", "$.a[*]", "$.a[*].b", "$[*][*]", "$.*.b", "$.a.*"} {
		for _, body := range []string{`{"a":[{"b":1},{"b":[2.5]},3,null],"a b":"x"}`, `[[1,"2"],{"b":{}},[]]`, `{"a":{"b":1,"b":2,"\u0062":3}}`, ` {"a" : {} , "b" : [ ] }`, `"a"`, `null`} {
			f.Add(path, []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		p, err := parsePath(path)
		if err != nil || p.plain == nil {
			return
		}
		d, err := parseDocument(body)
		if err != nil {
			return
		}
		slow := p
		slow.plain = nil
		if got, want := keep(p.all(d)), keep(slow.all(d)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s of %q: got %v, want %v", path, body, got, want)
		}
		got, gotOK := p.first(d)
		want, wantOK := slow.first(d)
		if gotOK != wantOK || !reflect.DeepEqual(keep(got), keep(want)) {
			t.Errorf("%s of %q: got first %v %v, want %v %v", path, body, got, gotOK, want, wantOK)
		}
		found, anyEmpty := p.empties(d)
		wantFound, wantEmpty := slow.empties(d)
		if found != wantFound || anyEmpty != wantEmpty {
			t.Errorf("%s of %q: found %v, empty %v, want %v, %v", path, body, found, anyEmpty, wantFound, wantEmpty)
		}
		got, gotOK = p.random(d, rand.New(rand.NewPCG(1, 2)))
		want, wantOK = slow.random(d, rand.New(rand.NewPCG(1, 2)))
		if gotOK != wantOK || !reflect.DeepEqual(keep(got), keep(want)) {
			t.Errorf("%s of %q: drew %v %v, want %v %v", path, body, got, gotOK, want, wantOK)
		}
	})
}
