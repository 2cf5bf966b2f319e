package action_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// A note is what people and programs say below a merge request of GitLab.
type note struct {
	ID   int    `json:"id"`
	Body string `json:"body"`
}

// notes serve those of one merge request, the newest first.
type notes []note

func (all *notes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const path = "/projects/3/merge_requests/7/notes"
	body := r.FormValue("body")
	id, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, path+"/"))
	own := slices.IndexFunc(*all, func(n note) bool { return n.ID == id })
	switch {
	case r.Header.Get("PRIVATE-TOKEN") != "secret":
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method == http.MethodGet && r.URL.Path == path:
		json.NewEncoder(w).Encode(*all)
	case r.Method == http.MethodPost && r.URL.Path == path:
		*all = slices.Insert(*all, 0, note{len(*all) + 1, body})
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodPut && own >= 0:
		(*all)[own].Body = body
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// The job for GitLab in the documentation has one note, whatever others say.
func TestGitLabNote(t *testing.T) {
	for _, tool := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") == "" {
			t.Skip(err)
		}
	}
	page, err := os.ReadFile("../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(page)
	var jobs map[string]struct {
		AfterScript []string `yaml:"after_script"`
	}
	if block == nil || yaml.Unmarshal(block[1], &jobs) != nil || len(jobs["perfcheck"].AfterScript) != 1 {
		t.Fatalf("no job with one after_script: %v", jobs)
	}
	var posted notes
	gitlab := httptest.NewServer(&posted)
	defer gitlab.Close()
	dir := t.TempDir()
	for _, report := range []string{"slower", "still slower", "fine"} {
		posted = slices.Insert(posted, 0, note{len(posted) + 1, "What of <!-- perfcheck -->?"})
		write(t, filepath.Join(dir, "perfcheck-out", "report.md"), report+"\n")
		script := exec.Command("bash", "-eo", "pipefail", "-c", jobs["perfcheck"].AfterScript[0]) // as runners do
		script.Dir = dir
		script.Env = append(os.Environ(), "PERFCHECK_TOKEN=secret", "CI_API_V4_URL="+gitlab.URL, "CI_PROJECT_ID=3", "CI_MERGE_REQUEST_IID=7")
		if out, err := script.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		var own []string
		for _, n := range posted {
			if !strings.HasPrefix(n.Body, "What") {
				own = append(own, n.Body)
			}
		}
		if want := "<!-- perfcheck -->\n" + report + "\n"; len(own) != 1 || own[0] != want {
			t.Errorf("want one note %q, got %q", want, own)
		}
	}
}
