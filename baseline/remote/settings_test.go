package remote

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What git is told about servers in the user's repository, it is told in ours:
// once, and nothing else.
func TestSettingsAreCarried(t *testing.T) {
	clone := newClone(t, "https://user:secret@example.com/team/shop.git")
	home := t.TempDir()
	global, included := filepath.Join(home, "config"), filepath.Join(home, "work")
	t.Setenv("GIT_CONFIG_GLOBAL", global)
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "http.proxy")
	t.Setenv("GIT_CONFIG_VALUE_0", "http://proxy:3128")
	writeFile(t, included, "[core]\n\tsshCommand = ssh -i work\n")
	writeFile(t, global, "[credential]\n\thelper = store\n[includeIf \"gitdir:"+clone+"/\"]\n\tpath = "+included+"\n")
	for key, value := range map[string]string{
		"http.https://example.com/.extraheader": "AUTHORIZATION: basic\nX: y",
		"core.bare":                             "false",
		"core.worktree":                         t.TempDir(),
		"remote.origin.promisor":                "true",
		"remote.origin.mirror":                  "true",
		"push.followTags":                       "true",
	} {
		runGit(t, clone, "config", key, value)
	}

	r := openTest(t, "git:origin", Options{Dir: clone}).(*branch)
	list, err := r.git.run(t.Context(), nil, "config", "--list", "-z")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(list, "\x00")
	for _, want := range []string{
		"credential.helper\nstore",
		"core.sshcommand\nssh -i work",
		"http.proxy\nhttp://proxy:3128",
		"http.https://example.com/.extraheader\nAUTHORIZATION: basic\nX: y",
		"remote.history.url\nhttps://user:secret@example.com/team/shop.git",
	} {
		n := 0
		for _, entry := range got {
			if entry == want {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%q is there %d times", want, n)
		}
	}
	for _, never := range []string{"core.worktree", "remote.history.promisor", "remote.history.mirror", "push.followtags"} {
		if slices.ContainsFunc(got, func(e string) bool { return strings.HasPrefix(e, never+"\n") }) {
			t.Errorf("%s came along", never)
		}
	}
}

// What git says of a server's address, with whose password also by url.*.insteadOf.
func TestNoPasswordInErrors(t *testing.T) {
	said := "remote: user@host\nfatal: cannot reach https://user:se%21cret@example.com/x.git\nhint: //a"
	if got, want := redact(said), "remote: user@host\nfatal: cannot reach https://***@example.com/x.git\nhint: //a"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
