package remote

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"strings"
	"time"
)

// Of ten who push at the same moment one is first, then one of nine: the pauses
// between tries are drawn, so that they do not meet again.
const (
	tries      = 20
	firstPause = 100 * time.Millisecond // at most; doubled after every try
	longPause  = 5 * time.Second        // at most, after any
)

// stillTries is how often in a row a push may be lost to others while the
// branch stays where it is: a server says so too while it is moving it, which
// takes no seconds, and where no other is at work at all.
const stillTries = 4

// A raceError is a push that another came before, or so it seems.
type raceError struct{ cause error }

func (e *raceError) Error() string { return e.cause.Error() }

func (b *branch) Put(ctx context.Context, files []File) error {
	if err := check(files); err != nil {
		return err
	}
	err := b.put(ctx, files)
	for try, still := 1, 0; ; try++ {
		lost, ok := errors.AsType[*raceError](err)
		switch {
		case !ok:
			return err
		case try == tries:
			return fmt.Errorf("branch %s: %w: none of %d tries came through; push again later\n%v", b.name, ErrBusy, tries, lost)
		case still == stillTries:
			return fmt.Errorf("branch %s cannot be moved, and nobody else moves it: see what the server says, and push again\n%w", b.name, lost.cause)
		}
		tip := b.tip
		if err := b.catchUp(ctx, try); err != nil {
			return err
		}
		if still++; b.tip != tip {
			still = 0
			b.log(fmt.Sprintf("others pushed to %s at the same time: try %d of %d", b.name, try+1, tries))
		}
		err = b.put(ctx, files)
	}
}

// catchUp fetches the branch anew after a lost race, and a pause that is drawn.
func (b *branch) catchUp(ctx context.Context, try int) error {
	if err := sleep(ctx, rand.N(min(firstPause<<(try-1), longPause))); err != nil {
		return err
	}
	return b.fetch(ctx)
}

// put tries once to add files on top of the branch as it was fetched last.
func (b *branch) put(ctx context.Context, files []File) error {
	if b.files == nil {
		if err := b.fetch(ctx); err != nil {
			return err
		}
	}
	if b.alien {
		return fmt.Errorf("branch %s holds something else and no runs: name another with #BRANCH", b.name)
	}
	lacking, err := b.lacking(files)
	if err != nil || len(lacking) == 0 {
		return err
	}
	if err := b.commit(ctx, lacking); err != nil {
		return err
	}
	if err := b.push(ctx); err != nil {
		return err
	}
	b.files = nil // there are more now
	return nil
}

// lacking returns the files that the branch does not hold.
func (b *branch) lacking(files []File) ([]File, error) {
	var lacking []File
	for _, f := range files {
		object, there := b.files[f.Name]
		switch {
		case !there:
			lacking = append(lacking, f)
		case object != blobName(f.Data, len(object)):
			return nil, fmt.Errorf("branch %s: %s: %w", b.name, f.Name, ErrConflict)
		}
	}
	return lacking, nil
}

// blobName returns the name that git gives to a file's content where names
// have so many digits (gitformat-pack; 64 is SHA-256).
func blobName(data []byte, digits int) string {
	var h hash.Hash = sha1.New()
	if digits == hex.EncodedLen(sha256.Size) {
		h = sha256.New()
	}
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

// commit makes a commit that adds files to the tip, or a first one.
func (b *branch) commit(ctx context.Context, files []File) error {
	message := fmt.Sprintf("Add %d runs\n", len(files))
	if len(files) == 1 {
		message = "Add run " + strings.TrimSuffix(files[0].Name, ".json") + "\n"
	}
	stream := []io.Reader{strings.NewReader(fmt.Sprintf("commit %s\ncommitter %s\ndata %d\n%s", nextRef, b.author, len(message), message))}
	if b.tip != "" {
		stream = append(stream, strings.NewReader("from "+b.tip+"\n"))
	}
	for _, f := range files {
		stream = append(stream,
			strings.NewReader(fmt.Sprintf("M 100644 inline %s\ndata %d\n", filePath(f.Name), len(f.Data))),
			bytes.NewReader(f.Data), strings.NewReader("\n"))
	}
	stream = append(stream, strings.NewReader("done\n"))
	_, err := b.git.run(ctx, io.MultiReader(stream...), "fast-import", "--quiet", "--force", "--done", "--date-format=raw")
	return err
}

// push moves the branch to the new commit. The error is a raceError when it is
// no longer where it was fetched.
func (b *branch) push(ctx context.Context) error {
	_, err := b.git.run(ctx, nil, "push", "--porcelain", "--no-verify", "--recurse-submodules=no", history, nextRef+":refs/heads/"+b.name)
	if err != nil && lostRace(err.Error()) {
		return &raceError{err}
	}
	return explain(err)
}

// lostRace tells, from what git push printed, whether another was faster: seen
// by this side, or by the server when it came to moving the branch.
func lostRace(text string) bool {
	for _, sign := range []string{
		"(fetch first)", "(non-fast-forward)", "(stale info)",
		"cannot lock ref", "failed to update ref", "failed to lock", "incorrect old value", "reference already exists",
	} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
