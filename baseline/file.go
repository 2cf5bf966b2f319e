package baseline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"

	"github.com/perfcheck/perfcheck/bench/lock"
)

// prepare makes sure that there is a store at path, and its folder with a
// .gitignore that covers all in it.
func prepare(path, version string) error {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeFolder(filepath.Dir(path)); err == nil {
			err = create(path, version)
		}
	}
	if err != nil {
		return advise(path, err)
	}
	return nil
}

func makeFolder(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o644); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(dir))
}

// create makes an empty store under another name and gives it its own when it is
// whole, so that neither a kill nor a full disk leaves half of one there.
func create(path, version string) error {
	if err := sweep(path); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+newMark+"*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	if err := temp.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(temp.Name(), 0o644, nil)
	if err != nil {
		return err
	}
	if err := errors.Join(db.Update(func(tx *bbolt.Tx) error { return initialize(tx, version) }), db.Close()); err != nil {
		return err
	}
	if err := os.Chmod(temp.Name(), 0o644); err != nil {
		return err
	}
	if err := install(temp.Name(), path, os.Link); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// newMark is in the name of a store that is being created.
const newMark = ".new-"

// creation is longer than creating a store can take.
const creation = time.Hour

// sweep removes what killed creations of the store at path have left. A younger
// file may be another process's.
func sweep(path string) error {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), filepath.Base(path)+newMark) {
			continue
		}
		info, err := e.Info()
		if err == nil && time.Since(info.ModTime()) > creation {
			err = os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// install gives a file a second name, or where the file system has no hard links
// another one. When another process is first, its file stays.
func install(temp, path string, link func(old, new string) error) error {
	err := link(temp, path)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case noLinks(err):
		return moveFirst(temp, path)
	default:
		return err
	}
}

// noLinks says whether making a hard link has failed because the file system has none.
func noLinks(err error) bool {
	return errors.Is(err, syscall.EPERM) || errors.Is(err, errors.ErrUnsupported)
}

// moveFirst renames a file, unless there is another of that name. What does so
// too has the lock meanwhile.
func moveFirst(temp, path string) error {
	ctx, cancel := context.WithTimeout(context.Background(), DefaultWait)
	defer cancel()
	turn, err := lock.Wait(ctx, path+".new.lock")
	if err != nil {
		return err
	}
	if _, err = os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		err = os.Rename(temp, path)
	}
	return errors.Join(err, turn.Release())
}

// advise says what to do about a file that cannot be made or opened.
func advise(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: %v: make %s writable for you, or choose another place for the store", ErrReadOnly, err, filepath.Dir(path))
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("store %s: %w: free some space; what was stored before is intact", path, err)
	}
	return fmt.Errorf("store %s: %w", path, err)
}
