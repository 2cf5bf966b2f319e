package report

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestVerdictPageExplains holds docs/verdict.md to what --explain prints of the
// metric that it takes for its example.
func TestVerdictPageExplains(t *testing.T) {
	const path = "../../docs/verdict.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := regexp.MustCompile("(?s)<!-- explained: (\\S+) -->\n```console\n(.*?)```\n").FindSubmatchIndex(page)
	if at == nil {
		t.Fatal("the page explains no metric")
	}
	explained := string(text(t, readRecorded(t), TextOptions{Explain: true}))
	_, want, found := strings.Cut(explained, "\n\n✗ "+string(page[at[2]:at[3]])+":")
	if !found {
		t.Fatalf("no regression of %s in\n%s", page[at[2]:at[3]], explained)
	}
	want, _, _ = strings.Cut(want, "\n\n")
	want = "✗ " + string(page[at[2]:at[3]]) + ":" + want + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(string(page[:at[4]])+want+string(page[at[5]:])), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got := string(page[at[4]:at[5]]); got != want {
		t.Errorf("%s has\n%s\nwant (go test ./compare/report -run VerdictPage -update)\n%s", path, got, want)
	}
}
