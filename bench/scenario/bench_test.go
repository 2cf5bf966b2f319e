package scenario_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// catalogue is an answer of about 2 kB.
var catalogue = func() []byte {
	var items []string
	for i := range 20 {
		items = append(items, fmt.Sprintf(`{"id":%d,"name":"product number %d","price":%d.99,"tags":["a","b"],"stock":{"left":%d}}`, i, i, i, i))
	}
	return []byte(`{"products":[` + strings.Join(items, ",") + `],"total":20}`)
}()

// iterate runs one iteration, in which every request is answered alike.
func iterate(tb testing.TB, u *scenario.User, n uint64, answer *scenario.Response) {
	u.Begin(n)
	for {
		a := u.Next()
		switch {
		case a.Err != nil:
			tb.Fatal(a.Err)
		case a.End():
			return
		case a.Request != nil:
			if err := u.Accept(answer); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

func benchmark(b *testing.B, steps ...*profile.Request) {
	u := compile(b, oneScenario(steps...)).User(0)
	answer := &scenario.Response{Status: 200, Body: catalogue}
	b.ReportAllocs()
	for n := uint64(0); b.Loop(); n++ {
		iterate(b, u, n, answer)
	}
}

func BenchmarkLiteral(b *testing.B) {
	benchmark(b, &profile.Request{Name: "home", Method: "GET", Path: "/"})
}

func BenchmarkTemplate(b *testing.B) {
	benchmark(b, &profile.Request{Name: "page", Method: "GET", Path: "/products?page=${randint(1, 5)}"})
}

func BenchmarkFeed(b *testing.B) {
	p := oneScenario(&profile.Request{Name: "page", Method: "GET", Path: "/users/${users.id}"})
	p.Data = []profile.Feed{{Name: "users", Pick: profile.Random, Columns: []string{"id"}, Records: [][]string{{"1"}, {"2"}}}}
	u := compile(b, p).User(0)
	b.ReportAllocs()
	for n := uint64(0); b.Loop(); n++ {
		iterate(b, u, n, &scenario.Response{Status: 200})
	}
}

func BenchmarkCapture(b *testing.B) {
	benchmark(b,
		&profile.Request{Name: "list", Method: "GET", Path: "/", Capture: []profile.Capture{{Name: "id", Path: "$.products[*].id", Pick: profile.Random}}},
		&profile.Request{Name: "one", Method: "GET", Path: "/${id}"})
}

func BenchmarkCheck(b *testing.B) {
	benchmark(b, &profile.Request{Name: "list", Method: "GET", Path: "/",
		Expect: profile.Expect{JSON: []profile.Check{{Path: "$.products", Want: profile.NotEmpty}}}})
}
