package revision

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// parentVariable makes the test binary a process that checks out a work tree
// below the named directory, says so, and waits to be killed.
const parentVariable = "REVISION_TEST_PARENT"

func TestMain(m *testing.M) {
	if parent := os.Getenv(parentVariable); parent != "" {
		holdWorktree(parent)
	}
	for _, name := range Variables { // those of a hook that runs the tests
		os.Unsetenv(name)
	}
	// Nothing of the machine's or the user's configuration has a say.
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_AUTHOR_DATE": "@1700000000 +0200",
		"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com", "GIT_COMMITTER_DATE": "@1700000000 +0200",
	} {
		os.Setenv(name, value)
	}
	os.Exit(m.Run())
}

// A sandbox is a real repository in a directory whose name has a space.
type sandbox struct {
	testing.TB
	dir string
}

func newSandbox(t testing.TB) *sandbox {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "the shop")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := &sandbox{t, dir}
	s.git("init", "--quiet", "--initial-branch=main")
	return s
}

// git runs git the way a user would, in the sandbox.
func (s *sandbox) git(args ...string) string {
	s.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = s.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSuffix(string(out), "\n")
}

func (s *sandbox) write(name, content string) {
	s.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		s.Fatal(err)
	}
}

// commit writes one file and commits all there is; it returns the commit's name.
func (s *sandbox) commit(title, name, content string) string {
	s.Helper()
	s.write(name, content)
	s.git("add", "--all")
	s.git("commit", "--quiet", "--message", title)
	return s.git("rev-parse", "HEAD")
}

// open opens the sandbox itself.
func (s *sandbox) open() *Repo {
	s.Helper()
	r, err := Open(s.Context(), s.dir)
	if err != nil {
		s.Fatal(err)
	}
	return r
}

// clone clones the sandbox the way a CI does, from a server.
func (s *sandbox) clone(options ...string) *sandbox {
	s.Helper()
	dir, err := filepath.EvalSymlinks(s.TempDir())
	if err != nil {
		s.Fatal(err)
	}
	clone := s.at(filepath.Join(dir, "clone"))
	args := append([]string{"clone", "--quiet"}, options...)
	s.git(append(args, "file://"+s.dir, clone.dir)...)
	return clone
}

// chain puts n empty commits on top of another, on a branch; it returns the last.
func (s *sandbox) chain(branch, from string, n int) string {
	s.Helper()
	var stream strings.Builder
	for i := range n {
		fmt.Fprintf(&stream, "commit refs/heads/%s\ncommitter Ada <ada@example.com> 1700000000 +0200\ndata %d\n%s\n", branch, len(branch), branch)
		if i == 0 {
			fmt.Fprintf(&stream, "from %s\n", from)
		}
	}
	cmd := exec.Command("git", "fast-import", "--quiet")
	cmd.Dir, cmd.Stdin = s.dir, strings.NewReader(stream.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		s.Fatalf("git fast-import: %v\n%s", err, out)
	}
	return s.git("rev-parse", branch)
}

// at returns a sandbox of another directory of the same machine.
func (s *sandbox) at(dir string) *sandbox { return &sandbox{s.TB, dir} }

func read(t testing.TB, elements ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestErrorTellsCommandExitCodeAndStderr(t *testing.T) {
	s := newSandbox(t)
	_, err := git(t.Context(), s.dir, nil, "rev-parse", "--verify", "nothing")
	want := "git rev-parse --verify nothing: exit status 128: fatal: Needed a single revision"
	if fmt.Sprint(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestTail(t *testing.T) {
	long := strings.Repeat("é", 3000)
	got := tail("first\n" + long + "\n")
	if !strings.HasPrefix(got, "… é") || !strings.HasSuffix(long, strings.TrimPrefix(got, "… ")) {
		t.Errorf("tail of a long text is %.20q…, %d bytes", got, len(got))
	}
	if got := tail(" short \n"); got != "short" {
		t.Errorf("got %q", got)
	}
}
