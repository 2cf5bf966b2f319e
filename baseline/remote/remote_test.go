package remote

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench/revision"
)

func TestMain(m *testing.M) {
	for _, name := range revision.Variables { // those of a hook that runs the tests
		os.Unsetenv(name)
	}
	// Nothing of the machine's or the user's configuration has a say.
	os.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	os.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	if dir := os.Getenv(putterVariable); dir != "" {
		putForEver(dir)
	}
	os.Exit(m.Run())
}

// A place is somewhere that remotes keep files.
type place struct {
	spec string
	// write puts what no Remote would there, below the root.
	write func(t *testing.T, path, content string)
}

// places returns one of each kind, empty.
func places(t *testing.T) map[string]place {
	t.Helper()
	bare := newServer(t)
	dir := t.TempDir()
	return map[string]place{
		"git": {"git:" + bare, func(t *testing.T, path, content string) { pushFile(t, bare, path, content) }},
		"dir": {"dir:" + dir, func(t *testing.T, path, content string) { writeFile(t, filepath.Join(dir, path), content) }},
	}
}

func everywhere(t *testing.T, test func(t *testing.T, p place)) {
	for kind, p := range places(t) {
		t.Run(kind, func(t *testing.T) { test(t, p) })
	}
}

func openTest(t testing.TB, spec string, o Options) Remote {
	t.Helper()
	if o.Log == nil {
		o.Log = func(sentence string) { t.Log(sentence) }
	}
	r, err := Open(t.Context(), spec, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// contents returns all files of a remote, as another machine sees them.
func contents(t testing.TB, spec string) map[string]string {
	t.Helper()
	r := openTest(t, spec, Options{})
	names, err := r.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(names) {
		t.Errorf("names are not sorted: %q", names)
	}
	return get(t, r, names)
}

func get(t testing.TB, r Remote, names []string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for f, err := range r.Get(t.Context(), names) {
		if err != nil {
			t.Fatal(err)
		}
		found[f.Name] = string(f.Data)
	}
	return found
}

// file makes a file whose content has no end of line, and bytes of any kind.
func file(n int) File {
	name := fmt.Sprintf("2026%02d01T030000.000Z-RUN%04d.json", n%12+1, n)
	return File{name, []byte(fmt.Sprintf("run %d\x00\n\"é\xff", n))}
}

func files(numbers ...int) (list []File) {
	for _, n := range numbers {
		list = append(list, file(n))
	}
	return list
}

func wantFiles(t testing.TB, spec string, numbers ...int) {
	t.Helper()
	want := make(map[string]string)
	for _, f := range files(numbers...) {
		want[f.Name] = string(f.Data)
	}
	if got := contents(t, spec); !maps.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestPutAndGet(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		wantFiles(t, p.spec)
		r := openTest(t, p.spec, Options{})
		for _, list := range [][]File{files(1, 2, 13), nil, files(3), files(2, 3, 4)} {
			if err := r.Put(t.Context(), list); err != nil {
				t.Fatal(err)
			}
		}
		wantFiles(t, p.spec, 1, 2, 3, 4, 13)

		names, err := r.List(t.Context())
		if err != nil || len(names) != 5 {
			t.Fatalf("%q, %v", names, err)
		}
		if got := get(t, r, names[1:2]); len(got) != 1 || got[names[1]] == "" {
			t.Errorf("one of five: %q", got)
		}
		for range r.Get(t.Context(), names) {
			break
		}
	})
}

func TestNameHasOneContent(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		r := openTest(t, p.spec, Options{})
		if err := r.Put(t.Context(), files(1)); err != nil {
			t.Fatal(err)
		}
		for name, put := range map[string]Remote{"the same": r, "another": openTest(t, p.spec, Options{})} {
			other := file(1)
			other.Data = []byte("other")
			if err := put.Put(t.Context(), []File{file(2), other}); !errors.Is(err, ErrConflict) {
				t.Errorf("%s machine: got %v, want ErrConflict", name, err)
			}
		}
		if got := contents(t, p.spec)[file(1).Name]; got != string(file(1).Data) {
			t.Errorf("the file now holds %q", got)
		}
	})
}

func TestPutRefusesNames(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		r := openTest(t, p.spec, Options{})
		for _, name := range []string{"", ".json", "../a.json", "a/b.json", ".a.json", "a.json\n", "a", "ä.json", "a b.json", strings.Repeat("a", 300) + ".json"} {
			if err := r.Put(t.Context(), []File{file(1), {name, nil}}); err == nil {
				t.Errorf("took %q", name)
			}
		}
		if err := r.Put(t.Context(), []File{{"a.json", make([]byte, MaxSize+1)}}); err == nil {
			t.Error("took a file that nobody would read")
		}
		wantFiles(t, p.spec)
	})
}

func TestStrangersAreLeftAlone(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		if err := openTest(t, p.spec, Options{}).Put(t.Context(), files(1)); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{
			"README.md", "2026-02/note.txt", "2026-02/20260301T0.json", "2026-02/a b.json",
			"2026-02/2026-02/20260201T1.json", "20260201T2.json", "other/20260201T3.json",
		} {
			p.write(t, path, "x")
		}
		var said []string
		r := openTest(t, p.spec, Options{Log: func(s string) { said = append(said, s) }})
		names, err := r.List(t.Context())
		if err != nil || !slices.Equal(names, []string{file(1).Name}) {
			t.Errorf("got %q, %v", names, err)
		}
		if len(said) != 1 || !strings.HasSuffix(said[0], " and 6 more are no files of runs and were left alone") {
			t.Errorf("said %q", said)
		}
		if err := r.Put(t.Context(), files(2)); err != nil {
			t.Error(err)
		}
		wantFiles(t, p.spec, 1, 2)
	})
}

func TestTooLarge(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		const large = "20260201T000000.000Z-LARGE.json"
		p.write(t, "2026-02/"+large, strings.Repeat("0", MaxSize+1))
		if err := openTest(t, p.spec, Options{}).Put(t.Context(), files(2)); err != nil {
			t.Fatal(err)
		}
		var said []string
		r := openTest(t, p.spec, Options{Log: func(s string) { said = append(said, s) }})
		names, err := r.List(t.Context())
		if err != nil || len(names) != 2 {
			t.Fatalf("%q, %v", names, err)
		}
		if got := get(t, r, names); len(got) != 1 || got[file(2).Name] != string(file(2).Data) {
			t.Errorf("got %.100q", got)
		}
		if len(said) != 1 || !strings.Contains(said[0], large) {
			t.Errorf("said %q", said)
		}
	})
}

func TestCancelled(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		r := openTest(t, p.spec, Options{})
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := errors.New("stop")
		cancel(stop)
		if err := r.Put(ctx, files(1)); !errors.Is(err, stop) {
			t.Errorf("put: %v", err)
		}
	})
}

// TestTenWritersAtOnce is ten machines that put some files of their own and
// some that all have, at the same time.
func TestTenWritersAtOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		const writers = 10
		done := make(chan error, writers)
		var want []int
		for w := range writers {
			r := openTest(t, p.spec, Options{})
			own := 100 * (w + 1)
			want = append(want, own, own+1)
			go func() { done <- r.Put(t.Context(), files(own, 1, own+1, 2)) }()
		}
		for range writers {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		wantFiles(t, p.spec, append(want, 1, 2)...)
	})
}

func TestOneOfTenContents(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		const writers = 10
		done := make(chan error, writers)
		for w := range writers {
			r := openTest(t, p.spec, Options{})
			go func() { done <- r.Put(t.Context(), []File{{"a.json", []byte{byte('0' + w)}}}) }()
		}
		won := 0
		for range writers {
			if err := <-done; err == nil {
				won++
			} else if !errors.Is(err, ErrConflict) {
				t.Error(err)
			}
		}
		if got := contents(t, p.spec); won != 1 || len(got["a.json"]) != 1 {
			t.Errorf("%d wrote; the file holds %q", won, got["a.json"])
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	repository := newClone(t, newServer(t))
	for spec, want := range map[string]error{
		"":                     ErrSpec,
		"origin":               ErrSpec,
		"git:":                 ErrSpec,
		"dir:":                 ErrSpec,
		"s3:bucket":            ErrSpec,
		"git:#runs":            ErrSpec,
		"git:origin#":          ErrSpec,
		"git:origin#a..b":      ErrSpec,
		"git:upstream":         ErrNotFound,
		"dir:/no/such/folder":  ErrNotFound,
		"dir:" + os.Args[0]:    ErrNotFound, // a file
		"git:--upload-pack=ls": ErrNotFound,
	} {
		r, err := Open(t.Context(), spec, Options{Dir: repository})
		if err == nil {
			r.Close()
		}
		if !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", spec, err, want)
		}
	}
}

// A token in an address is for git's eyes only.
func TestErrorsHideTokens(t *testing.T) {
	for _, spec := range []string{
		"https://token@example.com/x.git", "git:https://token@example.com/x.git#a..b",
		"git:https://ada:to/ken@example.com/x#", "s3://ada:token@bucket",
	} {
		_, err := Open(t.Context(), spec, Options{})
		if !errors.Is(err, ErrSpec) || strings.Contains(err.Error(), "ken@") {
			t.Errorf("got %v", err)
		}
	}
}

func writeFile(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runGit runs git as a user would who is called Ada.
func runGit(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=Ada", "-c", "user.email=ada@example.com"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// newServer makes a bare repository that serves as GitHub's do: parts of it
// can be fetched.
func newServer(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "the server.git")
	runGit(t, "", "init", "--quiet", "--bare", dir)
	runGit(t, dir, "config", "uploadpack.allowFilter", "true")
	return dir
}

// newClone makes a repository with a commit whose origin is the server.
func newClone(t testing.TB, server string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "clone")
	runGit(t, "", "init", "--quiet", "--initial-branch=main", dir)
	runGit(t, dir, "remote", "add", "origin", server)
	writeFile(t, filepath.Join(dir, "main.go"), "package main\n")
	runGit(t, dir, "add", "--all")
	runGit(t, dir, "commit", "--quiet", "--message=first")
	return dir
}

// pushFile commits a file to the history branch of a server, whatever it is
// and wherever it lies.
func pushFile(t testing.TB, server, path, content string) {
	t.Helper()
	cmd := exec.Command("git", "hash-object", "-w", "--stdin")
	cmd.Dir, cmd.Stdin = server, strings.NewReader(content)
	blob, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	pushEntry(t, server, "100644", strings.TrimSpace(string(blob)), path)
}

// pushEntry commits an entry of any mode.
func pushEntry(t testing.TB, server, mode, object, path string) {
	t.Helper()
	index := filepath.Join(t.TempDir(), "index")
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=Ada", "-c", "user.email=ada@example.com"}, args...)...)
		cmd.Dir, cmd.Env = server, append(os.Environ(), "GIT_INDEX_FILE="+index)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	ref := "refs/heads/" + DefaultBranch
	commit := []string{"commit-tree", "-m", "by hand"}
	if exec.Command("git", "-C", server, "rev-parse", "--verify", "--quiet", ref).Run() == nil {
		git("read-tree", ref)
		commit = append(commit, "-p", ref)
	}
	git("update-index", "--add", "--cacheinfo", mode+","+object+","+path)
	git("update-ref", ref, git(append(commit, git("write-tree"))...))
}
