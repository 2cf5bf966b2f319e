package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/revision"
	"github.com/perfcheck/perfcheck/bench/scenario"
	"github.com/perfcheck/perfcheck/bench/service"
)

// stateDir holds the store, and in treesDir the work trees, beside perfcheck.yml.
const (
	stateDir = ".perfcheck"
	treesDir = "trees"
)

// measureFlags are those of every command that measures.
func measureFlags() []cli.Flag {
	return append(configFlags(),
		profileFlag(),
		&cli.StringFlag{Name: "service", Usage: "run the service by `WAY`, compose or process, instead of the first that works"},
		// A string, since cli would end on what is no duration, and gate leave no outcome.
		&cli.StringFlag{Name: "budget", Usage: "measure for `TIME` at most, as 10m", DefaultText: "as configured"},
		&cli.Uint64Flag{Name: "seed", Usage: "draw the order of turns from `N`", DefaultText: "random"},
	)
}

// profileFlag is that of every command that measures or judges some of the profiles.
func profileFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "profile", Aliases: []string{"p"}, Usage: "only the profile `NAME`; may be repeated"}
}

// configFlags are those of every command that reads perfcheck.yml and the store.
func configFlags() []cli.Flag {
	return []cli.Flag{
		configFlag(),
		&cli.StringFlag{Name: "store", Usage: "keep runs in `FILE` instead of .perfcheck/baseline.db beside perfcheck.yml"},
	}
}

func configFlag() cli.Flag {
	return &cli.StringFlag{Name: "config", Aliases: []string{"c"}, Usage: "read `FILE` instead of the nearest perfcheck.yml"}
}

// A session is a configuration with the repository and the store beside it.
type session struct {
	ui       *ui
	config   *profile.Config
	accepted []bench.Acceptance
	profiles []profile.Profile // those that the flags name, else all
	service  service.Mode      // that --service asks for; empty for any
	repo     *revision.Repo
	store    string        // path
	oldest   time.Time     // runs that started before are too old to be compared; zero for none
	wait     time.Duration // how long others may keep the store; 0 is the default
}

// loadConfig reads perfcheck.yml, and names all problems at once.
func loadConfig(c *cli.Context) (*profile.Config, error) {
	path := c.String("config")
	if path == "" {
		var err error
		if path, err = profile.Find("."); err != nil {
			return nil, &exitError{exitUsage, err}
		}
	}
	config, err := profile.Load(path)
	known, mistaken := errors.AsType[profile.Problems](err)
	if err != nil && !mistaken {
		return nil, &exitError{exitUsage, err}
	}
	all := slices.Clone(known)
	if config != nil {
		for i := range config.Profiles {
			_, err := scenario.Compile(&config.Profiles[i])
			more, _ := errors.AsType[profile.Problems](err)
			all = append(all, more...)
		}
		for i := range config.Broken {
			all = append(all, scenario.Check(&config.Broken[i], known)...)
		}
	}
	if err := all.Err(); err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return config, nil
}

func openSession(c *cli.Context, ui *ui) (*session, error) {
	config, err := loadConfig(c)
	if err != nil {
		return nil, err
	}
	s := &session{ui: ui, config: config, profiles: config.Profiles, store: storePath(c, config)}
	if s.accepted, err = config.Accepted(time.Now()); err != nil {
		return nil, &exitError{exitUsage, err}
	}
	if names := c.StringSlice("profile"); len(names) > 0 {
		s.profiles = nil
		for i, name := range names {
			if slices.Contains(names[:i], name) {
				return nil, usageErrorf("--profile: %s is named twice", name)
			}
			p, err := config.Profile(name)
			if err != nil {
				return nil, &exitError{exitUsage, err}
			}
			s.profiles = append(s.profiles, *p)
		}
	}
	if s.service = service.Mode(c.String("service")); s.service != "" {
		if err := service.Configured(config.Service, s.service); err != nil {
			return nil, err
		}
	}
	s.repo, err = revision.Open(c.Context, filepath.Dir(config.Path))
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return s, nil
}

// stateDir is where the session keeps what is perfcheck's own.
func (s *session) stateDir() string { return filepath.Join(filepath.Dir(s.config.Path), stateDir) }

// trees is where work trees are checked out.
func (s *session) trees() string { return filepath.Join(s.stateDir(), treesDir) }

// makeStateDir makes the folder, which hides itself from git: else the next
// snapshot of the working tree would hold it.
func (s *session) makeStateDir() error {
	if err := os.MkdirAll(s.stateDir(), 0o755); err != nil {
		return err
	}
	return hide(s.stateDir())
}

// hide keeps a folder out of git.
func hide(dir string) error {
	return os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o644)
}

func storePath(c *cli.Context, config *profile.Config) string {
	if path := c.String("store"); path != "" {
		return path
	}
	return filepath.Join(filepath.Dir(config.Path), stateDir, "baseline.db")
}

// commit returns what a revision names.
func (s *session) commit(ctx context.Context, rev string) (target, error) {
	commit, err := s.repo.Resolve(ctx, rev)
	if err != nil {
		return target{}, &exitError{exitUsage, err}
	}
	if commit.Branch, err = s.branch(ctx, commit); err != nil {
		return target{}, err
	}
	return target{subject: subject(commit), commit: commit.Hash}, nil
}

// branch returns the branch that a commit was named by, else the default branch
// where that has the commit: so those that are measured by their hashes are in
// its trend.
func (s *session) branch(ctx context.Context, commit revision.Commit) (string, error) {
	if commit.Branch != "" {
		return commit.Branch, nil
	}
	name, err := s.repo.DefaultBranch(ctx)
	if errors.Is(err, revision.ErrNoDefaultBranch) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	tip, err := s.repo.Resolve(ctx, name)
	if err != nil {
		return "", err
	}
	contains, _, err := s.repo.Contains(ctx, tip.Hash, commit.Hash)
	if !contains {
		return "", err
	}
	return tip.Branch, err
}

// named returns the commit that --commit names, else the working tree.
func (s *session) named(c *cli.Context) (target, error) {
	if rev := c.String("commit"); rev != "" {
		return s.commit(c.Context, rev)
	}
	return s.workingTree(c.Context)
}

// mergeBase returns where head left the default branch, as a commit of that
// branch: its earlier sessions are the branch's.
func (s *session) mergeBase(ctx context.Context, head target) (target, error) {
	branch, err := s.repo.DefaultBranch(ctx)
	if err != nil {
		return target{}, &exitError{exitUsage, fmt.Errorf("%w: name BASE", err)}
	}
	tip, err := s.repo.Resolve(ctx, branch)
	if err != nil {
		return target{}, &exitError{exitUsage, err}
	}
	commit, err := s.repo.MergeBase(ctx, branch, head.subject.Commit)
	if err != nil {
		return target{}, &exitError{exitUsage, err}
	}
	commit.Branch = tip.Branch
	return target{subject: subject(commit), commit: commit.Hash}, nil
}

// workingTree returns the subject that the files as they are now make up, and
// the commit that holds them.
func (s *session) workingTree(ctx context.Context) (target, error) {
	snapshot, err := s.repo.WorkingTree(ctx)
	if err != nil {
		return target{}, &exitError{exitUsage, err}
	}
	head := snapshot.Head
	if head.Branch, err = s.branch(ctx, head); err != nil {
		return target{}, err
	}
	t := target{subject: subject(head), commit: snapshot.Commit.Hash}
	if snapshot.Dirty {
		t.subject.Dirty = true
		t.subject.Tree = snapshot.Commit.Tree
	}
	return t, nil
}

func subject(c revision.Commit) bench.Subject {
	return bench.Subject{Commit: c.Hash, Tree: c.Tree, Branch: c.Branch, Title: c.Title, Time: c.Time}
}

// put stores runs, all or none. The store is open only meanwhile, so that several
// perfchecks can share it.
func (s *session) put(runs ...*bench.Run) error {
	return s.withStore(func(store *baseline.Store) error { return store.Put(runs...) })
}

func (s *session) withStore(do func(*baseline.Store) error) error {
	store, err := baseline.Open(s.store, baseline.Options{Version: version, Wait: s.wait})
	if err != nil {
		return err
	}
	return errors.Join(do(store), store.Close())
}
