package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/compare/report"
)

var update = flag.Bool("update", false, "rewrite the excerpt in the README")

const readme = "../../README.md"

func readReadme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The excerpt in the README is what perfcheck prints of a recorded comparison.
func TestReadmeExcerpt(t *testing.T) {
	text := readReadme(t)
	excerpt := regexp.MustCompile("(?s)<!-- excerpt: (\\S+) -->\n```console\n(.*?)```\n")
	at := excerpt.FindStringSubmatchIndex(text)
	if at == nil {
		t.Fatal("the README has no excerpt")
	}
	recorded, err := os.Open(filepath.Join("../..", text[at[2]:at[3]]))
	if err != nil {
		t.Fatal(err)
	}
	defer recorded.Close()
	c, err := report.ReadJSON(recorded)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	want.WriteString("$ perfcheck compare base head\n")
	if err := report.Text(&want, c, report.TextOptions{Width: 100}); err != nil {
		t.Fatal(err)
	}
	if *update {
		text = text[:at[4]] + want.String() + text[at[5]:]
		if err := os.WriteFile(readme, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := text[at[4]:at[5]]; got != want.String() {
		t.Errorf("the excerpt is\n%s\nwant (go test ./cmd/perfcheck -run Readme -update)\n%s", got, want.String())
	}
}

// The configuration in the README is valid.
func TestReadmeConfiguration(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```yaml\n(version:.*?)```").FindAllStringSubmatch(readReadme(t), -1)
	if len(blocks) == 0 {
		t.Fatal("the README shows no configuration")
	}
	for _, block := range blocks {
		dir := t.TempDir()
		path := filepath.Join(dir, "perfcheck.yml")
		for name, text := range map[string]string{path: block[1], filepath.Join(dir, "docker-compose.yml"): "services: {api: {image: api}}\n"} {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"perfcheck", "validate", "-c", path}, &out, &errs); code != exitOK {
			t.Errorf("exit code %d\n%s", code, errs.String())
		}
	}
}

// The workflow in the README is the documented one, cut short.
func TestReadmeWorkflow(t *testing.T) {
	block := regexp.MustCompile("(?s)```yaml\n(name:.*?)```").FindStringSubmatch(readReadme(t))
	whole, err := os.ReadFile("../../docs/workflows/pull-request.yml")
	if err != nil || block == nil {
		t.Fatalf("%v; in the README: %q", err, block)
	}
	rest := regexp.MustCompile(`actions/checkout@\w+ # (v\d+)\S*`).ReplaceAllString(string(whole), "actions/checkout@$1")
	for line := range strings.Lines(block[1]) {
		_, after, found := strings.Cut(rest, strings.TrimSuffix(line, "\n"))
		if !found {
			t.Fatalf("docs/workflows/pull-request.yml has no %q, or not there", line)
		}
		rest = after
	}
}

// Every command in the README exists: the targets of make, and the commands of
// perfcheck. What they do is tested elsewhere, and so is the hook.
func TestReadmeCommands(t *testing.T) {
	seen := 0
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(readReadme(t), -1) {
		if strings.HasPrefix(block[1], "#!") {
			continue
		}
		for line := range strings.Lines(block[1]) {
			words := strings.Fields(strings.SplitN(line, "#", 2)[0])
			if len(words) < 2 {
				t.Fatalf("no command: %q", line)
			}
			seen++
			switch words[0] {
			case "make":
				dry := exec.Command("make", append([]string{"-n", "-C", "../.."}, words[1:]...)...)
				if out, err := dry.CombinedOutput(); err != nil {
					t.Errorf("%s: %v\n%s", line, err, out)
				}
			case "perfcheck":
				var out, errs bytes.Buffer
				if code := run(t.Context(), []string{"perfcheck", words[1], "--help"}, &out, &errs); code != exitOK || !strings.Contains(out.String(), "perfcheck "+words[1]) {
					t.Errorf("%s: exit code %d\n%s%s", line, code, out.String(), errs.String())
				}
			default:
				t.Errorf("no test for %q", line)
			}
		}
	}
	if seen < 5 {
		t.Errorf("found only %d commands", seen)
	}
}

// The hook in the README is the one that a script pushes with.
func TestReadmeHook(t *testing.T) {
	hook := regexp.MustCompile("(?s)```sh\n(#!.*?)```").FindStringSubmatch(readReadme(t))
	script, err := os.ReadFile("testdata/script/compare.txtar")
	if err != nil || hook == nil || !strings.Contains(string(script), "-- pre-push --\n"+hook[1]+"-- ") {
		t.Errorf("%v; in the README: %q", err, hook)
	}
}
