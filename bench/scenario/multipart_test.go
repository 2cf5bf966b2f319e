package scenario_test

import (
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"
	"unicode"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

func header(r *scenario.Request, name string) (value string) {
	for _, f := range r.Header {
		if f.Name == name {
			value += f.Value
		}
	}
	return value
}

// What is made is read back by the standard library, whatever the parts hold. A
// profile has no control characters in names.
func FuzzMultipart(f *testing.F) {
	f.Add("title", "a${1 + 1}b", "pic", "x.jpg", "\x00\xff\r\n--", uint64(1))
	f.Add("a\"b", "", "c%22d", "", "", uint64(2))
	f.Fuzz(func(t *testing.T, name, value, fileName, sentAs, content string, seed uint64) {
		if strings.Contains(value, "${") && value != "a${1 + 1}b" || strings.ContainsFunc(name+fileName+sentAs, unicode.IsControl) || strings.ContainsAny(sentAs, "/\\") {
			return
		}
		p := oneScenario(&profile.Request{Name: "r", Method: "POST", Path: "/", Multipart: []profile.Part{
			{Name: name, Value: value},
			{Name: fileName, File: []byte(content), FileName: sentAs, Type: "image/jpeg"},
		}})
		p.Seed = seed
		u := compile(t, p).User(0)
		u.Begin(0)
		made := u.Next().Request
		kind, parameters, err := mime.ParseMediaType(header(made, "Content-Type"))
		if err != nil || kind != "multipart/form-data" {
			t.Fatalf("%q, %v", kind, err)
		}
		in := multipart.NewReader(strings.NewReader(string(made.Body)), parameters["boundary"])
		for _, want := range []string{strings.ReplaceAll(value, "${1 + 1}", "2"), content} {
			part, err := in.NextRawPart()
			if err != nil {
				t.Fatalf("%v in %q", err, made.Body)
			}
			if got, err := io.ReadAll(part); err != nil || string(got) != want {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		}
		if _, err := in.NextPart(); err != io.EOF {
			t.Errorf("after the last part: %v", err)
		}
	})
}

// Only the type that perfcheck makes names the boundary.
func TestMultipartType(t *testing.T) {
	form := &profile.Request{Name: "r", Method: "POST", Path: "/", Multipart: []profile.Part{{Name: "a", Value: "b"}}}
	p := oneScenario(form)
	p.Headers = map[string]string{"content-type": "application/json"}
	u := compile(t, p).User(0)
	u.Begin(0)
	if kind := header(u.Next().Request, "Content-Type"); !strings.HasPrefix(kind, "multipart/form-data; boundary=") {
		t.Errorf("the type is %q", kind)
	}
	form.Headers = p.Headers
	const want = "profiles.p.scenarios[0].steps[0].headers: perfcheck sets the Content-Type of a multipart body itself: remove it"
	if _, err := scenario.Compile(p); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestFileBody(t *testing.T) {
	u := compile(t, oneScenario(&profile.Request{Name: "r", Method: "PUT", Path: "/", File: []byte("${no template} \xff")})).User(0)
	expectLog(t, play(u, 0, ok("")), "0 PUT / ${no template} \xff", "end")
}

func TestAuth(t *testing.T) {
	tests := []struct {
		whole, own profile.Auth
		want       string // in login, in the scenario
	}{
		{profile.Auth{Bearer: "t1"}, profile.Auth{}, "Bearer t1, Bearer t1"},
		{profile.Auth{Bearer: "${token}"}, profile.Auth{}, ", Bearer t2"},
		{profile.Auth{User: "ann", Password: "a:b"}, profile.Auth{}, "Basic YW5uOmE6Yg==, Basic YW5uOmE6Yg=="},
		{profile.Auth{User: "ann"}, profile.Auth{User: "x${token}", Password: "${1 + 1}"}, "Basic YW5uOg==, Basic eHQyOjI="},
	}
	for _, test := range tests {
		r := get("/")
		r.Auth = test.own
		p := oneScenario(r)
		p.Auth = test.whole
		p.Login = steps(get("/login", first("token", "$.token")))
		u := compile(t, p).User(0)
		u.Begin(0)
		got := header(u.Next().Request, "Authorization")
		if err := u.Accept(ok(`{"token":"t2"}`)); err != nil {
			t.Fatal(err)
		}
		got += ", " + header(u.Next().Request, "Authorization")
		if got != test.want {
			t.Errorf("%+v: got %s, want %s", test, got, test.want)
		}
	}
}

func TestAuthProblems(t *testing.T) {
	p := oneScenario(get("/"))
	p.Auth = profile.Auth{User: "ann:x", Password: "y"}
	const want = "profiles.p.auth.basic.user: a user must not hold a colon, at which its password begins (RFC 7617)"
	if _, err := scenario.Compile(p); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// What a template makes of credentials is no less checked than what is written.
func TestAuthFromTemplates(t *testing.T) {
	for answer, want := range map[string]string{
		`{"user":"a:b"}`: "GET /: header Authorization: a user must not hold a colon, at which its password begins (RFC 7617)",
		`{"user":null}`:  "GET /: header Authorization: user: want a string, number or boolean, got null",
		`{"user":"ann"}`: "",
	} {
		second := get("/")
		second.Auth = profile.Auth{User: "${user}", Password: "hunter2:${user}"}
		p := oneScenario(get("/first", first("user", "$.user")), second)
		u := compile(t, p).User(0)
		u.Begin(0)
		u.Next()
		if err := u.Accept(ok(answer)); err != nil {
			t.Fatal(err)
		}
		got := ""
		if a := u.Next(); a.Err != nil {
			got = a.Err.Error()
		} else if sent := header(a.Request, "Authorization"); sent != "Basic YW5uOmh1bnRlcjI6YW5u" {
			t.Errorf("%s: sent %s", answer, sent)
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", answer, got, want)
		}
	}
}
