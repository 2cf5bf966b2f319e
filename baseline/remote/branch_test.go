package remote

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// snapshot returns all of a repository that a user could notice: its files,
// those of git too.
func snapshot(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all = append(all, path+": "+string(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestUsersRepositoryIsOnlyRead(t *testing.T) {
	server := newServer(t)
	clone := newClone(t, server)
	writeFile(t, filepath.Join(clone, "main.go"), "package dirty\n")
	before := snapshot(t, clone)

	r := openTest(t, "git:origin", Options{Dir: clone})
	for n := range 3 {
		if err := r.Put(t.Context(), files(n)); err != nil {
			t.Fatal(err)
		}
	}
	names, err := r.List(t.Context())
	if err != nil || len(names) != 3 {
		t.Errorf("%q, %v", names, err)
	}
	get(t, r, names)
	if after := snapshot(t, clone); !slices.Equal(before, after) {
		t.Error("the user's repository has changed")
	}
}

func TestEachPushIsACommit(t *testing.T) {
	server := newServer(t)
	r := openTest(t, "git:"+server+"#runs/of/us", Options{})
	for _, list := range [][]File{files(1), files(2, 3)} {
		if err := r.Put(t.Context(), list); err != nil {
			t.Fatal(err)
		}
	}
	got := runGit(t, server, "log", "--format=%an <%ae>: %s", "runs/of/us")
	want := "perfcheck <perfcheck@localhost>: Add 2 runs\n" +
		"perfcheck <perfcheck@localhost>: Add run 20260201T030000.000Z-RUN0001"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := runGit(t, server, "ls-tree", "-r", "--name-only", "runs/of/us"); got != "2026-02/"+file(1).Name+"\n2026-03/"+file(2).Name+"\n2026-04/"+file(3).Name {
		t.Errorf("the branch holds\n%s", got)
	}
	runGit(t, server, "fsck", "--strict")
}

func TestAuthorIsGits(t *testing.T) {
	server := newServer(t)
	clone := newClone(t, server)
	runGit(t, clone, "config", "user.name", "Grace")
	runGit(t, clone, "config", "user.email", "grace@example.com")
	if err := openTest(t, "git:origin", Options{Dir: clone}).Put(t.Context(), files(1)); err != nil {
		t.Fatal(err)
	}
	if got := runGit(t, server, "log", "--format=%an <%ae>", DefaultBranch); got != "Grace <grace@example.com>" {
		t.Errorf("got %s", got)
	}
}

// Only the files that are asked for come, where the server can leave out others.
func TestGetFetchesWhatIsWanted(t *testing.T) {
	for _, filter := range []string{"true", "false"} {
		t.Run("filter "+filter, func(t *testing.T) {
			server := newServer(t)
			runGit(t, server, "config", "uploadpack.allowFilter", filter)
			list := []File{file(1), incompressible("20260202T0.json"), incompressible("20260203T0.json")}
			if err := openTest(t, "git:"+server, Options{}).Put(t.Context(), list); err != nil {
				t.Fatal(err)
			}
			r := openTest(t, "git:"+server, Options{}).(*branch)
			if _, err := r.List(t.Context()); err != nil {
				t.Fatal(err)
			}
			missing, err := r.missing(t.Context())
			if want := map[string]int{"true": 3, "false": 0}[filter]; err != nil || len(missing) != want {
				t.Errorf("%d files were not fetched, want %d; %v", len(missing), want, err)
			}
			r.atOnce = 64 << 10 // there is no room for another
			if got := get(t, r, []string{file(1).Name}); got[file(1).Name] != string(file(1).Data) {
				t.Errorf("got %q", got)
			}
		})
	}
}

// incompressible makes a file of 1 MiB that git cannot make smaller.
func incompressible(name string) File {
	f := File{name, make([]byte, 1<<20)}
	rand.NewChaCha8([32]byte([]byte(fmt.Sprintf("%-32s", name)))).Read(f.Data) // never fails
	return f
}

// Of files that are too large to be fetched only those are left alone.
func TestFetchIsBounded(t *testing.T) {
	server := newServer(t)
	list := append(files(1, 2, 3, 13), incompressible("20260202T0.json"), incompressible("20260204T0.json"))
	if err := openTest(t, "git:"+server, Options{}).Put(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	var said []string
	r := openTest(t, "git:"+server, Options{Log: func(s string) { said = append(said, s) }}).(*branch)
	r.atOnce = 64 << 10
	names, err := r.List(t.Context())
	if err != nil || len(names) != len(list) {
		t.Fatalf("%q, %v", names, err)
	}
	if got := get(t, r, names); len(got) != 4 || got[file(13).Name] != string(file(13).Data) {
		t.Errorf("got %d files", len(got))
	}
	if len(said) != 2 || !strings.Contains(said[0], "20260202T0.json") || !strings.Contains(said[1], "20260204T0.json") {
		t.Errorf("said %q", said)
	}
	if left, err := filepath.Glob(filepath.Join(r.own, "part-*")); err != nil || len(left) > 0 {
		t.Errorf("left: %q, %v", left, err)
	}
}

// A name that is longer than any buffer takes nothing from the others.
func TestLongName(t *testing.T) {
	server := newServer(t)
	pushFile(t, server, "2026-02/"+file(1).Name, string(file(1).Data))
	blob := runGit(t, server, "rev-parse", DefaultBranch+":2026-02/"+file(1).Name)
	month := mktree(t, server, fmt.Sprintf("100644 blob %[1]s\t%[2]s.json\n100644 blob %[1]s\t%[3]s\n", blob, strings.Repeat("1", 100_000), file(1).Name))
	tree := mktree(t, server, fmt.Sprintf("040000 tree %s\t2026-02\n040000 tree %[1]s\t%s\n", month, strings.Repeat("2026-02", 20_000)))
	runGit(t, server, "update-ref", "refs/heads/"+DefaultBranch, runGit(t, server, "commit-tree", "-m", "up", tree))
	wantFiles(t, "git:"+server, 1)
}

// What looks like a lost race and is none is told in the server's words.
func TestBranchThatCannotBeMoved(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, server string) (words string){
		"folder in its place": func(t *testing.T, server string) string {
			commit := runGit(t, server, "commit-tree", "-m", "up", mktree(t, server, ""))
			runGit(t, server, "update-ref", "refs/heads/"+DefaultBranch+"/x", commit)
			return "refs/heads/" + DefaultBranch + "/x' exists"
		},
		"stale lock": func(t *testing.T, server string) string {
			writeFile(t, filepath.Join(server, "refs", "heads", DefaultBranch+".lock"), "")
			return DefaultBranch + ".lock': File exists"
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			words := prepare(t, server)
			err := openTest(t, "git:"+server, Options{}).Put(t.Context(), files(1))
			if err == nil || errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), words) {
				t.Errorf("got %v, want the server's words: %s", err, words)
			}
		})
	}
}

func TestHostileEntries(t *testing.T) {
	const name = "20260201T000000.000Z-EVIL.json"
	for kind, push := range map[string]func(t *testing.T, server, blob, commit string){
		"link":       func(t *testing.T, s, blob, _ string) { pushEntry(t, s, "120000", blob, "2026-02/"+name) },
		"submodule":  func(t *testing.T, s, _, commit string) { pushEntry(t, s, "160000", commit, "2026-02/"+name) },
		"executable": func(t *testing.T, s, blob, _ string) { pushEntry(t, s, "100755", blob, "2026-02/"+name) },
		"folder":     func(t *testing.T, s, blob, _ string) { pushEntry(t, s, "100644", blob, "2026-02/"+name+"/x") },
	} {
		t.Run(kind, func(t *testing.T) {
			server := newServer(t)
			pushFile(t, server, "2026-03/"+file(2).Name, string(file(2).Data))
			commit := runGit(t, server, "rev-parse", DefaultBranch)
			blob := runGit(t, server, "rev-parse", DefaultBranch+":2026-03/"+file(2).Name)
			push(t, server, blob, commit)

			r := openTest(t, "git:"+server, Options{})
			names, err := r.List(t.Context())
			if err != nil || !slices.Equal(names, []string{file(2).Name}) {
				t.Errorf("got %q, %v", names, err)
			}
			for f, err := range r.Get(t.Context(), []string{name}) {
				if err == nil {
					t.Errorf("got %q", f)
				}
			}
			if err := r.Put(t.Context(), []File{{name, []byte("x")}}); !errors.Is(err, ErrConflict) {
				t.Errorf("put: %v, want ErrConflict", err)
			}
		})
	}
}

// Ten levels of ten folders, each the same: git ls-tree -r would never end.
func TestBombOfFolders(t *testing.T) {
	server := newServer(t)
	pushFile(t, server, "2026-02/"+file(1).Name, string(file(1).Data))
	tree := runGit(t, server, "rev-parse", DefaultBranch+":2026-02")
	for range 10 {
		var lines strings.Builder
		for n := range 10 {
			fmt.Fprintf(&lines, "040000 tree %s\t2026-%02d\n", tree, n)
		}
		tree = mktree(t, server, lines.String())
	}
	commit := runGit(t, server, "commit-tree", "-m", "bomb", tree)
	runGit(t, server, "update-ref", "refs/heads/"+DefaultBranch, commit)
	names, err := openTest(t, "git:"+server, Options{}).List(t.Context())
	if err != nil || len(names) != 0 {
		t.Errorf("%d names, %v", len(names), err)
	}
}

// No git command makes a tree with such names, and a server that does not
// check takes it.
func TestHostileFolderNames(t *testing.T) {
	server := newServer(t)
	pushFile(t, server, "2026-02/"+file(1).Name, string(file(1).Data))
	month := runGit(t, server, "rev-parse", DefaultBranch+":2026-02")
	tree := mktree(t, server, fmt.Sprintf("040000 tree %s\t..\n040000 tree %[1]s\t.git\n040000 tree %[1]s\t2026-02\n", month))
	runGit(t, server, "update-ref", "refs/heads/"+DefaultBranch, runGit(t, server, "commit-tree", "-m", "up", tree))
	wantFiles(t, "git:"+server, 1)
}

func mktree(t *testing.T, server, lines string) string {
	t.Helper()
	g := &git{dir: server, env: os.Environ()}
	tree, err := g.run(t.Context(), strings.NewReader(lines), "mktree")
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestBranchOfSomethingElse(t *testing.T) {
	server := newServer(t)
	clone := newClone(t, server)
	runGit(t, clone, "push", "--quiet", "origin", "main")
	before := runGit(t, server, "rev-parse", "main")
	r := openTest(t, "git:origin#main", Options{Dir: clone})
	if err := r.Put(t.Context(), files(1)); err == nil || !strings.Contains(err.Error(), "holds something else") {
		t.Errorf("got %v", err)
	}
	if after := runGit(t, server, "rev-parse", "main"); after != before {
		t.Error("main has moved")
	}
}

func TestServerSaysNo(t *testing.T) {
	for name, test := range map[string]struct {
		hook string
		want error
	}{
		"protected": {"echo 'error: GH006: Protected branch update failed for refs/heads/perfcheck-history.' >&2; exit 1", ErrProtected},
		"declined":  {"echo 'ask Linus' >&2; exit 1", ErrProtected},
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			hook := filepath.Join(server, "hooks", "pre-receive")
			writeFile(t, hook, "#!/bin/sh\n"+test.hook+"\n")
			if err := os.Chmod(hook, 0o755); err != nil {
				t.Fatal(err)
			}
			err := openTest(t, "git:"+server, Options{}).Put(t.Context(), files(1))
			if !errors.Is(err, test.want) || !strings.Contains(fmt.Sprint(err), "remote: ") {
				t.Errorf("got %v, want %v with the server's words", err, test.want)
			}
		})
	}
}

func TestNoSuchRepository(t *testing.T) {
	_, err := openTest(t, "git:"+filepath.Join(t.TempDir(), "none.git"), Options{}).List(t.Context())
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

// The user's hooks are for what the user pushes.
func TestPushRunsNoHook(t *testing.T) {
	server := newServer(t)
	clone := newClone(t, server)
	hooks := t.TempDir()
	writeFile(t, filepath.Join(hooks, "pre-push"), "#!/bin/sh\nexit 1\n")
	if err := os.Chmod(filepath.Join(hooks, "pre-push"), 0o755); err != nil {
		t.Fatal(err)
	}
	runGit(t, clone, "config", "core.hooksPath", hooks)
	if err := openTest(t, "git:origin", Options{Dir: clone}).Put(t.Context(), files(1)); err != nil {
		t.Error(err)
	}
}

// In a hook of git, variables name the user's repository and its index.
func TestUnderAHook(t *testing.T) {
	server := newServer(t)
	clone := newClone(t, server)
	t.Setenv("GIT_DIR", filepath.Join(clone, ".git"))
	t.Setenv("GIT_INDEX_FILE", filepath.Join(clone, ".git", "index"))
	r := openTest(t, "git:origin", Options{Dir: clone})
	before := snapshot(t, clone)
	if err := r.Put(t.Context(), files(1)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, snapshot(t, clone)) {
		t.Error("the user's repository has changed")
	}
}

func TestRemoteWithARelativePath(t *testing.T) {
	server := newServer(t)
	clone := newClone(t, server)
	relative, err := filepath.Rel(clone, server)
	if err != nil {
		t.Fatal(err)
	}
	runGit(t, clone, "remote", "set-url", "origin", relative)
	below := filepath.Join(clone, "services", "api")
	writeFile(t, filepath.Join(below, "main.go"), "package main\n")
	if err := openTest(t, "git:origin", Options{Dir: below}).Put(t.Context(), files(1)); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, "git:"+server, 1)
}
