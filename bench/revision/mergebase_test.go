package revision

import (
	"errors"
	"strings"
	"testing"
)

func TestMergeBase(t *testing.T) {
	s := newSandbox(t)
	base := s.commit("base", "a", "1")
	s.git("checkout", "--quiet", "-b", "topic")
	s.commit("topic", "b", "1")
	s.git("checkout", "--quiet", "main")
	s.commit("main", "c", "1")
	s.git("checkout", "--quiet", "--orphan", "alone")
	s.commit("alone", "d", "1")
	r := s.open()

	if c, err := r.MergeBase(t.Context(), "main", "topic"); c.Hash != base || c.Title != "base" || err != nil {
		t.Errorf("got %+v, %v; want %s", c, err, base)
	}
	if _, err := r.MergeBase(t.Context(), "main", "alone"); !errors.Is(err, ErrUnrelated) {
		t.Errorf("unrelated: got %v, want ErrUnrelated", err)
	}
	if _, err := r.MergeBase(t.Context(), "main", "nothing"); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown: got %v, want ErrUnknown", err)
	}
}

// parted makes branches main and topic that parted 60 and 3 commits ago: more
// than the first step of deepening brings.
func parted(s *sandbox) (base string) {
	s.Helper()
	base = s.chain("main", s.commit("first", "a", "1"), 5)
	s.chain("topic", base, 3)
	s.chain("main", base, 60)
	return base
}

func TestMergeBaseInShallowClone(t *testing.T) {
	s := newSandbox(t)
	base := parted(s)
	clone := s.clone("--depth=1", "--no-single-branch")
	refs := clone.git("for-each-ref")
	if c, err := clone.open().MergeBase(t.Context(), "origin/main", "origin/topic"); c.Hash != base || err != nil {
		t.Errorf("got %v, %v; want %s", c.Hash, err, base)
	}
	if got := clone.git("for-each-ref"); got != refs {
		t.Errorf("the refs were\n%s\nand are\n%s", refs, got)
	}
}

// What is found first need not be where they parted: a branch that left main
// before topic did, and was merged into main late, shows an older commit sooner.
func TestMergeBaseBehindShortcut(t *testing.T) {
	s := newSandbox(t)
	older := s.commit("older", "a", "1")
	s.git("checkout", "--quiet", "-b", "side")
	s.commit("side", "b", "1")
	base := s.chain("main", older, 10)
	s.chain("topic", base, 3)
	s.chain("main", base, 60)
	s.git("checkout", "--quiet", "main")
	s.git("merge", "--quiet", "--no-ff", "--message", "Merge side", "side")
	r := s.clone("--depth=1", "--no-single-branch").open()
	if c, err := r.MergeBase(t.Context(), "origin/main", "origin/topic"); c.Hash != base || err != nil {
		t.Errorf("got %v, %v; want %s and not %s", c.Hash, err, base, older)
	}
}

// The user's own commits on top of a shallow clone are nothing that the remote knows.
func TestMergeBaseOfLocalCommit(t *testing.T) {
	s := newSandbox(t)
	base := parted(s)
	clone := s.clone("--depth=1", "--no-single-branch")
	clone.git("checkout", "--quiet", "topic")
	clone.commit("mine", "b", "1")
	if c, err := clone.open().MergeBase(t.Context(), "origin/main", "HEAD"); c.Hash != base || err != nil {
		t.Errorf("got %v, %v; want %s", c.Hash, err, base)
	}
}

func TestNoMergeBaseInShallowClone(t *testing.T) {
	s := newSandbox(t)
	parted(s)
	s.git("checkout", "--quiet", "--orphan", "alone")
	s.commit("alone", "d", "1")
	clone := s.clone("--depth=1", "--no-single-branch")
	if _, err := clone.open().MergeBase(t.Context(), "origin/main", "origin/alone"); !errors.Is(err, ErrUnrelated) {
		t.Errorf("unrelated: got %v, want ErrUnrelated", err)
	}

	clone = s.clone("--depth=1", "--no-single-branch")
	clone.git("remote", "set-url", "origin", t.TempDir())
	_, err := clone.open().MergeBase(t.Context(), "origin/main", "origin/topic")
	if err == nil || !strings.Contains(err.Error(), "git fetch") || errors.Is(err, ErrUnrelated) {
		t.Errorf("without a remote: got %v, want what git fetch says", err)
	}
}

func TestContains(t *testing.T) {
	s := newSandbox(t)
	first := s.commit("first", "a", "1")
	s.git("checkout", "--quiet", "-b", "topic")
	topic := s.commit("topic", "b", "1")
	s.git("checkout", "--quiet", "main")
	head := s.commit("main", "c", "1")
	shallow := s.clone("--depth=1")
	for name, test := range map[string]struct {
		repo            *Repo
		commit          string
		contains, known bool
	}{
		"an ancestor":                      {s.open(), first, true, true},
		"itself":                           {s.open(), head, true, true},
		"another branch's":                 {s.open(), topic, false, true},
		"one that is gone":                 {s.open(), strings.Repeat("1", 40), false, true},
		"an ancestor, in a shallow clone":  {shallow.open(), first, false, false},
		"itself, in a shallow clone":       {shallow.open(), head, true, true},
		"one that is gone, from a shallow": {shallow.open(), strings.Repeat("1", 40), false, false},
	} {
		contains, known, err := test.repo.Contains(t.Context(), head, test.commit)
		if contains != test.contains || known != test.known || err != nil {
			t.Errorf("%s: %t, known %t, %v; want %t, known %t", name, contains, known, err, test.contains, test.known)
		}
	}
}
