package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/revision"
	"github.com/perfcheck/perfcheck/bench/service"
)

func cleanCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "clean",
		Usage: "remove the containers, processes and work trees of perfchecks that were killed",
		Description: "Every measurement does so before it starts; this is for machines where none may follow.\n" +
			"Work trees are looked for in this repository, all else everywhere. What belongs to a\n" +
			"perfcheck that still runs is left alone. perfcheck.yml may be broken or missing.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "config", Aliases: []string{"c"}, Usage: "look for work trees in the repository of `FILE` instead of the nearest perfcheck.yml"},
		},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			removed, err := service.ReapProcesses() // which may write to work trees
			containers, failed := service.Reap(c.Context)
			if errors.Is(failed, service.ErrNoEngine) && c.Context.Err() == nil {
				ui.warn("%v", failed)
				failed = nil
			}
			removed, err = append(removed, containers...), errors.Join(err, failed)
			if repo, unknown := revision.Open(c.Context, configFolder(c)); unknown == nil {
				trees, failed := reapTrees(c.Context, repo, configFolder(c))
				removed, err = append(removed, trees...), errors.Join(err, failed)
			} else {
				ui.warn("work trees were not looked for: %v", unknown)
			}
			ui.removed(removed)
			return err
		},
	}
}

// configFolder is where perfcheck.yml is or would be.
func configFolder(c *cli.Context) string {
	path := c.String("config")
	if path == "" {
		path, _ = profile.Find(".") // where there is none, the folder itself
	}
	return filepath.Dir(path)
}

// reapTrees removes work trees beside perfcheck.yml, and those that git knows
// beside any other.
func reapTrees(ctx context.Context, repo *revision.Repo, folder string) (reaped []string, err error) {
	folder, err = filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	parents := []string{filepath.Join(folder, stateDir, treesDir)}
	known, err := repo.Worktrees(ctx)
	errs := []error{err}
	for _, dir := range known {
		if parent := filepath.Dir(dir); filepath.Base(parent) == treesDir && filepath.Base(filepath.Dir(parent)) == stateDir {
			parents = append(parents, parent)
		}
	}
	slices.Sort(parents)
	for _, parent := range slices.Compact(parents) {
		trees, err := repo.Reap(ctx, parent)
		reaped, errs = append(reaped, trees...), append(errs, err)
	}
	return reaped, errors.Join(errs...)
}
