package scenario_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/scenario"
)

// Every block of YAML in docs/profiles.md is a perfcheck.yml, keys of a profile,
// or steps of a scenario, and has no mistakes.
func TestDocumentedProfiles(t *testing.T) {
	page, err := os.ReadFile("../../docs/profiles.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) == 0 {
		t.Fatal("the page has no YAML")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "perfcheck.yml")
	for _, block := range blocks {
		write(t, path, whole(block[1]))
		c, err := profile.Load(path)
		if err != nil {
			t.Errorf("%s\n%v", whole(block[1]), err)
			continue
		}
		for i := range c.Profiles {
			if _, err := scenario.Compile(&c.Profiles[i]); err != nil {
				t.Errorf("%s\n%v", whole(block[1]), err)
			}
		}
	}
}

// whole makes a perfcheck.yml of a block, adding what it leaves out.
func whole(block string) string {
	if strings.Contains(block, "version:") {
		return block
	}
	if strings.HasPrefix(block, "- ") {
		block = "scenarios:\n  - steps:\n      - GET: /\n" + indent("      ", block)
	}
	for key, value := range map[string]string{"arrival": "{rate: 100/s}", "scenarios": "[{steps: [{GET: /}]}]"} {
		if !regexp.MustCompile(`(?m)^` + key + `:`).MatchString(block) {
			block += key + ": " + value + "\n"
		}
	}
	return "version: 1\nservice: {url: \"http://localhost:80\"}\nprofiles:\n  p:\n" + indent("    ", block)
}

func indent(by, text string) string {
	return by + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+by) + "\n"
}
