package profile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// loadFiles loads the perfcheck.yml among files in a folder of their own, and
// returns its problems without the folder.
func loadFiles(t *testing.T, files map[string]string) (*Config, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(filepath.Join(dir, "perfcheck.yml"))
	if err != nil {
		return c, strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
	}
	return c, ""
}

const shared = `flows:
  login:
    - POST: /login
      capture: {token: $.token}
  visit:
    - use: login
    - GET: /home
`

func using(lines ...string) string {
	return "include: shared.yml\n" + small(append([]string{"arrival: {users: 1}"}, lines...)...)
}

func TestFlows(t *testing.T) {
	c, problems := loadFiles(t, map[string]string{
		"shared.yml":    shared,
		"perfcheck.yml": using("login: [{use: login}]", "setup: [{use: visit}, {use: own}]") + "flows: {own: [{GET: /own}]}\n",
	})
	if problems != "" {
		t.Fatal(problems)
	}
	p := c.Profiles[0]
	post := p.Login[0].Steps[0].Request
	if p.Login[0].Use != "login" || post.Name != "POST /login" || post.Capture[0].Name != "token" {
		t.Errorf("login: %+v", p.Login)
	}
	equal(t, "a flow that uses another", p.Setup[0].Steps[0].Steps[0].Request, post)
	equal(t, "a flow of the file's own", p.Setup[1].Steps[0].Request.Path, "/own")
	equal(t, "the place of a step", p.Problem("setup[0].steps[1].GET", "no").Error(),
		filepath.Join(filepath.Dir(c.Path), "shared.yml")+":7:12: profiles.p.setup[0].steps[1].GET: no")
}

// What a flow holds counts, how it is called and where it is written does not.
func TestDigestCoversFlows(t *testing.T) {
	digest := func(files map[string]string) string {
		c, problems := loadFiles(t, files)
		if problems != "" {
			t.Fatal(problems)
		}
		return c.Profiles[0].Digest
	}
	main := using("setup: [{use: visit}]")
	first := digest(map[string]string{"shared.yml": shared, "perfcheck.yml": main})
	renamed := digest(map[string]string{
		"shared.yml":    strings.ReplaceAll(shared, "visit", "stay"),
		"perfcheck.yml": strings.ReplaceAll(main, "visit", "stay"),
	})
	own := digest(map[string]string{"perfcheck.yml": strings.Replace(main, "include: shared.yml\n", shared, 1)})
	changed := digest(map[string]string{"shared.yml": strings.Replace(shared, "/home", "/house", 1), "perfcheck.yml": main})
	if first != renamed || first != own || first == changed {
		t.Errorf("digests %s, renamed %s, own %s, changed %s", first, renamed, own, changed)
	}
}

// A transaction is the same whether its steps are a flow's or written out.
func TestTransactionsOfFlows(t *testing.T) {
	whole := func(steps string) string {
		return "version: 1\nservice: {url: \"http://h:80\"}\nflows: {buy: [{POST: /cart}, {if: 1 < 2, steps: [{use: pay}]}], pay: [{POST: /orders}]}\n" +
			"profiles:\n  p:\n    arrival: {users: 1}\n    scenarios:\n" +
			"      - steps: [{transaction: buy, steps: [{use: buy}]}]\n      - steps: [{transaction: buy, steps: [" + steps + "]}]\n"
	}
	for steps, want := range map[string]string{
		"{POST: /cart}, {if: 1 < 2, steps: [{POST: /orders}]}": "",
		"{POST: /cart}, {use: pay}":                            `perfcheck.yml:9:31: profiles.p.scenarios[1].steps[0].transaction: a second transaction "buy", and the first is of other steps: name them differently`,
	} {
		if _, got := loadFiles(t, map[string]string{"perfcheck.yml": whole(steps)}); got != want {
			t.Errorf("%s: got %s, want %s", steps, got, want)
		}
	}
}

func TestFlowProblems(t *testing.T) {
	tests := map[string]struct {
		shared, main, want string
	}{
		"no such flow": {shared, using("setup: [{use: visits}]"), `perfcheck.yml:8:19: profiles.p.setup[0].use: no flow has this name: did you mean "visit"?`},
		"no flows":     {shared, small("arrival: {users: 1}", "setup: [{use: a}]"), "perfcheck.yml:7:19: profiles.p.setup[0].use: there are no flows: write flows at the top of the file, or include a file that has some"},
		"use and more": {shared, using("setup: [{use: visit, name: x}]"), "perfcheck.yml:8:26: profiles.p.setup[0].name: unknown key: want use"},
		"a circle": {"flows: {a: [{use: b}], b: [{GET: /}, {use: a}]}\n", using("setup: [{use: a}]"),
			"shared.yml:1:19: flows.b[1].steps[0].use: a flow must not use itself, by way of others or not\n" +
				"shared.yml:1:44: flows.a[0].steps[1].use: a flow must not use itself, by way of others or not"},
		"one mistake for all uses": {strings.Replace(shared, "GET: /home", "GET: home", 1), using("setup: [{use: visit}, {use: visit}]", "teardown: [{use: visit}]"),
			`shared.yml:7:12: flows.visit[1].GET: want a path that starts with /, got "home"`},
		"no file":  {"", strings.Replace(using(), "shared.yml", "other.yml", 1), "perfcheck.yml:1:10: include: other.yml: no such file or directory"},
		"a folder": {"", strings.Replace(using(), "shared.yml", "[.]", 1), "perfcheck.yml:1:11: include[0]: .: want a regular file, got a folder"},
		"no YAML": {"a: [", using("timeout: 7"), "perfcheck.yml:8:14: profiles.p.timeout: want a duration above 0 and up to 24h, such as 500ms or 2s, got 7\n" +
			"shared.yml:1:4: sequence end token ']' not found"},
		"more than flows": {"flows: {a: [{GET: /}]}\nprofiles: {}\n", using(), "shared.yml:2:1: profiles: unknown key: want flows"},
		"a second flow": {shared, using() + "flows: {login: [{GET: /}]}\n",
			"perfcheck.yml:8:9: flows.login: a second flow \"login\": the first is in shared.yml:2"},
	}
	for name, test := range tests {
		_, got := loadFiles(t, map[string]string{"shared.yml": test.shared, "perfcheck.yml": test.main})
		if got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, test.want)
		}
	}
}

// Flows of flows would unfold to 10^9 steps.
func TestFlowsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("flows:\n  f0: [{GET: /}]\n")
	for i := range 9 {
		use := "{use: f" + string(rune('0'+i)) + "},"
		b.WriteString("  f" + string(rune('1'+i)) + ": [" + strings.Repeat(use, 10) + "]\n")
	}
	_, problems := loadFiles(t, map[string]string{"shared.yml": b.String(), "perfcheck.yml": using("setup: [{use: f9}]")})
	if !strings.Contains(problems, "the flows unfold to more than 100000 values") || strings.Count(problems, "\n") > 3 {
		t.Errorf("got %.500s", problems)
	}
}
