package revision

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// remote is where commits that are not here are fetched from.
const remote = "origin"

// ErrRefused is returned when the remote does not have or does not give a commit.
var ErrRefused = errors.New("the remote does not give this commit")

var fullHash = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// Parents returns the hashes of a commit's parents, in order. A shallow clone
// need not have the parents themselves.
func (r *Repo) Parents(ctx context.Context, rev string) ([]string, error) {
	hash, err := r.hash(ctx, rev)
	if err != nil {
		return nil, err
	}
	// git log and rev-parse leave out those that a shallow clone lacks.
	text, err := r.git(ctx, "cat-file", "commit", hash)
	if err != nil {
		return nil, err
	}
	var parents []string
	header, _, _ := strings.Cut(text, "\n\n")
	for line := range strings.Lines(header) {
		if parent, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "parent "); ok {
			parents = append(parents, parent)
		}
	}
	return parents, nil
}

// Tip returns the hash of the commit that a branch of the remote is at now. The
// error is [ErrUnknown] when the remote has no such branch.
func (r *Repo) Tip(ctx context.Context, branch string) (string, error) {
	ref := "refs/heads/" + branch
	list, err := r.git(ctx, "ls-remote", remote, ref)
	if err != nil {
		return "", fmt.Errorf("%w%s", err, credentialHint(err))
	}
	for line := range strings.Lines(list) {
		hash, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if name == ref { // and not one that ends like it
			return hash, nil
		}
	}
	return "", fmt.Errorf("%w: %s has no branch %q", ErrUnknown, remote, branch)
}

// Fetch brings a commit, named by its full hash, from the remote if it is not
// here. A shallow clone gets the commit without its history. The error is
// [ErrRefused], wrapped with what to do, when the remote does not give it.
func (r *Repo) Fetch(ctx context.Context, hash string) error {
	if !fullHash.MatchString(hash) {
		return fmt.Errorf("%w %q: want the full hash of a commit", ErrUnknown, hash)
	}
	_, err := r.git(ctx, "cat-file", "-e", hash+"^{commit}")
	if err == nil || ctx.Err() != nil || exitCode(err) < 0 {
		return err
	}
	shallow, err := r.shallow(ctx)
	if err != nil {
		return err
	}
	var options []string
	if shallow {
		options = []string{"--depth=1"} // which would cut off the history that a full clone has
	}
	return r.fetch(ctx, options, hash)
}

// fetch brings commits and changes no ref, nor the file that git pull reads.
func (r *Repo) fetch(ctx context.Context, options []string, hashes ...string) error {
	args := []string{"fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance"}
	args = append(args, options...)
	args = append(args, remote)
	err := r.exclusive(ctx, append(args, hashes...)...)
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case strings.Contains(err.Error(), "not our ref"), strings.Contains(err.Error(), "unadvertised object"):
		return fmt.Errorf("%w: %v: it is gone from there, or the server gives no commits by hash: give actions/checkout fetch-depth: 0", ErrRefused, err)
	default:
		return fmt.Errorf("%w%s", err, credentialHint(err))
	}
}

// credentialHint says what to do when the remote did not let us in.
func credentialHint(err error) string {
	for _, sign := range []string{"could not read Username", "Authentication failed", "Permission denied", "returned error: 403"} {
		if strings.Contains(err.Error(), sign) {
			return ": git has no credentials for " + remote +
				": give actions/checkout fetch-depth: 0, or leave it its persist-credentials"
		}
	}
	return ""
}

func (r *Repo) shallow(ctx context.Context) (bool, error) {
	shallow, err := r.git(ctx, "rev-parse", "--is-shallow-repository")
	return shallow == "true", err
}
