package action_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// workflowFiles are the workflows of the documentation and our own.
func workflowFiles(t *testing.T) []string {
	var files []string
	for _, pattern := range []string{"../docs/workflows/*.yml", "../.github/workflows/*.yml"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %d files", pattern, err, len(found))
		}
		files = append(files, found...)
	}
	return files
}

// TestWorkflowFiles has actionlint read all workflows: those of the
// documentation as if they used the action of this folder, whose inputs it knows.
func TestWorkflowFiles(t *testing.T) {
	if *actionlint == "" {
		t.Skip("no -actionlint: make action-test checks the workflows")
	}
	repo := t.TempDir()
	var files []string
	for _, file := range append(workflowFiles(t), "../action.yml") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(data), "perfcheck/perfcheck@v1", "./")
		to := filepath.Join(repo, ".github", "workflows", filepath.Base(file))
		if filepath.Base(file) == "action.yml" {
			to = filepath.Join(repo, "action.yml")
		} else {
			files = append(files, to)
		}
		write(t, to, text)
	}
	lint := exec.Command(mustAbs(t, *actionlint), append([]string{"-no-color"}, files...)...)
	lint.Dir = repo
	write(t, filepath.Join(repo, ".git", "HEAD"), "ref: refs/heads/main\n") // where actionlint takes the root to be
	if out, err := lint.CombinedOutput(); err != nil {
		t.Errorf("actionlint: %v\n%s", err, out)
	}
}

func mustAbs(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// An actionFile is what action.yml and the stand-ins may hold. Decoding is
// strict, so that a misspelled key is found.
type actionFile struct {
	Name        string
	Description string
	Author      string
	Branding    struct{ Icon, Color string }
	Inputs      map[string]struct {
		Description string
		Required    bool
		Default     *string
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []actionStep
	}
}

type actionStep struct {
	Name, ID, If, Uses, Shell, Run string
	WorkingDirectory               string `yaml:"working-directory"`
	ContinueOnError                bool   `yaml:"continue-on-error"`
	With, Env                      map[string]string
}

func readAction(t *testing.T, path string) actionFile {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var a actionFile
	if err := yaml.UnmarshalWithOptions(data, &a, yaml.Strict()); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return a
}

var (
	expression = regexp.MustCompile(`\$\{\{`)
	inputOf    = regexp.MustCompile(`inputs\.([a-z-]+)`)
	pinned     = regexp.MustCompile(`^[a-z-]+/[a-z-]+(/[a-z-]+)?@[0-9a-f]{40}$`)
)

// What a value that is put into a script by an expression says, the shell runs;
// and what is not pinned may be another's program tomorrow.
func TestActionFile(t *testing.T) {
	a := readAction(t, "../action.yml")
	if a.Runs.Using != "composite" || a.Name == "" || a.Description == "" || len(a.Description) > 125 {
		t.Errorf("using %q, name %q, description %q", a.Runs.Using, a.Name, a.Description)
	}
	used := map[string]bool{}
	for i, step := range a.Runs.Steps {
		switch {
		case (step.Run == "") == (step.Uses == ""):
			t.Errorf("step %d (%s): want either run or uses", i, step.Name)
		case step.Run != "" && step.Shell == "":
			t.Errorf("step %d (%s): run without shell", i, step.Name)
		case expression.MatchString(step.Run):
			t.Errorf("step %d (%s): an expression inside run", i, step.Name)
		case step.Uses != "" && !pinned.MatchString(step.Uses):
			t.Errorf("step %d: %s is not pinned to a commit", i, step.Uses)
		}
		texts := []string{step.If, step.WorkingDirectory}
		for _, values := range []map[string]string{step.With, step.Env} {
			for _, v := range values {
				texts = append(texts, v)
			}
		}
		for _, m := range inputOf.FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
			used[m[1]] = true
		}
	}
	for name, input := range a.Inputs {
		if !used[name] {
			t.Errorf("input %s does nothing", name)
		}
		if input.Description == "" || input.Default == nil {
			t.Errorf("input %s has no description or no default", name)
		}
	}
	for name := range used {
		if _, ok := a.Inputs[name]; !ok {
			t.Errorf("input %s is used and not declared", name)
		}
	}
	for name, output := range a.Outputs {
		if output.Description == "" || output.Value == "" {
			t.Errorf("output %s: %+v", name, output)
		}
	}
	if last := a.Runs.Steps[len(a.Runs.Steps)-2]; !strings.HasPrefix(last.If, "always() ") {
		t.Errorf("the clean-up step runs only if %s", last.If)
	}
}

// Each workflow asks for what it needs, and pins what it uses to the same commit
// as all others do.
func TestWorkflowsArePinned(t *testing.T) {
	uses := regexp.MustCompile(`- uses: (\S+)`)
	commits := map[string]string{}
	for _, file := range workflowFiles(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(data), "\npermissions:") {
			t.Errorf("%s has no permissions", file)
		}
		for _, m := range uses.FindAllStringSubmatch(string(data), -1) {
			if m[1] != "perfcheck/perfcheck@v1" && !pinned.MatchString(m[1]) {
				t.Errorf("%s: %s is not pinned to a commit", file, m[1])
			}
			name, commit, _ := strings.Cut(m[1], "@")
			if first, ok := commits[name]; ok && first != commit {
				t.Errorf("%s: %s at %s, elsewhere at %s", file, name, commit, first)
			}
			commits[name] = commit
		}
	}
}
