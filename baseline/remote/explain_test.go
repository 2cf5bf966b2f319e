package remote

import (
	"errors"
	"testing"
)

// What git prints when it is refused, by servers that people use.
func TestExplain(t *testing.T) {
	for text, want := range map[string]error{
		// GitHub, by HTTPS with the token of a job without contents: write.
		"remote: Permission to team/shop.git denied to github-actions[bot].\nfatal: unable to access 'https://github.com/team/shop/': The requested URL returned error: 403": ErrDenied,
		"remote: Write access to repository not granted.\nfatal: unable to access 'https://github.com/team/shop/': The requested URL returned error: 403":                    ErrDenied,
		"fatal: could not read Username for 'https://github.com': terminal prompts disabled":                                                                                 ErrDenied,
		"remote: Invalid username or password.\nfatal: Authentication failed for 'https://github.com/team/shop/'":                                                            ErrDenied,
		"git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.":                                                                      ErrDenied,
		"ERROR: Repository not found.\nfatal: Could not read from remote repository.":                                                                                        ErrNotFound,
		"remote: Repository not found.\nfatal: repository 'https://github.com/team/shop/' not found":                                                                         ErrNotFound,
		"fatal: '/srv/none.git' does not appear to be a git repository":                                                                                                      ErrNotFound,
		"remote: error: GH006: Protected branch update failed for refs/heads/main.\n! [remote rejected] main -> main (protected branch hook declined)":                       ErrProtected,
		"remote: error: GH013: Repository rule violations found for refs/heads/perfcheck-history.":                                                                           ErrProtected,
		"remote: GitLab: You are not allowed to push code to protected branches on this project.":                                                                            ErrProtected,
		"remote: GitLab: You are not allowed to push code to this project.":                                                                                                  ErrDenied,
	} {
		if err := explain(errors.New(text)); !errors.Is(err, want) {
			t.Errorf("%s\ngot  %v\nwant %v", text, err, want)
		}
	}
	unknown := errors.New("fatal: unable to access 'https://github.com/': Could not resolve host: github.com")
	if err := explain(unknown); err != unknown {
		t.Errorf("got %v", err)
	}
}

func TestLostRace(t *testing.T) {
	for text, want := range map[string]bool{
		"!\trefs/perfcheck/next:refs/heads/x\t[rejected] (fetch first)":                                                                  true,
		"!\trefs/perfcheck/next:refs/heads/x\t[remote rejected] (cannot lock ref 'refs/heads/x': is at 1234 but expected 5678)":          true,
		"!\trefs/perfcheck/next:refs/heads/x\t[remote rejected] (failed to update ref)":                                                  true,
		"!\trefs/perfcheck/next:refs/heads/x\t[remote rejected] (cannot lock ref 'refs/heads/x': reference already exists)":              true,
		"!\trefs/perfcheck/next:refs/heads/x\t[remote rejected] (pre-receive hook declined)":                                             false,
		"remote: Permission to team/shop.git denied to ada.\nfatal: unable to access 'https://…': The requested URL returned error: 403": false,
	} {
		if got := lostRace(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
