package remote

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"syscall"
)

func (f *folder) Put(ctx context.Context, files []File) error {
	if err := check(files); err != nil {
		return err
	}
	for _, file := range files {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := f.put(file); err != nil {
			return advise(err)
		}
	}
	return nil
}

// put adds one file, unless it is there.
func (f *folder) put(file File) error {
	if there, err := f.holds(file); there || err != nil {
		return err
	}
	if err := f.makeShard(shard(file.Name)); err != nil {
		return err
	}
	err := f.place(file, f.link)
	if errors.Is(err, fs.ErrExist) {
		if there, err := f.holds(file); there || err != nil {
			return err
		}
	}
	return err
}

// holds says whether the file is there. The error is [ErrConflict] when another
// has its name.
func (f *folder) holds(file File) (bool, error) {
	data, err := f.read(file.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err == nil && bytes.Equal(data, file.Data):
		return true, nil
	case err == nil, errors.Is(err, errRefused):
		return false, fmt.Errorf("%s: %s: %w", f.root.Name(), file.Name, ErrConflict)
	default:
		return false, err
	}
}

// makeShard makes the folder of a month, which all may write to who may write
// to the one above, whatever the umask.
func (f *folder) makeShard(dir string) error {
	above, err := f.root.Stat(".")
	if err != nil {
		return err
	}
	err = f.root.Mkdir(dir, above.Mode().Perm())
	if err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	}
	made, err := f.root.Stat(dir)
	if err != nil || made.Mode().Perm() == above.Mode().Perm() {
		return err
	}
	return f.root.Chmod(dir, above.Mode().Perm())
}

// place writes the file under a name that nobody reads, and gives it its own
// when it is whole and on the disk: a kill leaves no half of one under a name
// that counts. A machine that loses its power may forget the name again, and
// with it that the file was ever put.
func (f *folder) place(file File, name func(temporary, final string) error) (err error) {
	temporary := path.Join(shard(file.Name), ".new-"+rand.Text())
	w, err := f.root.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if failed := f.root.Remove(temporary); !errors.Is(failed, fs.ErrNotExist) {
			err = errors.Join(err, failed)
		}
	}()
	_, err = w.Write(file.Data)
	if err == nil {
		err = w.Sync()
	}
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	return name(temporary, filePath(file.Name))
}

// link names a file where no other has the name. It is right across machines,
// on NFS too.
func (f *folder) link(temporary, final string) error {
	err := f.root.Link(temporary, final)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, errors.ErrUnsupported) {
		return f.rename(temporary, final) // there are no hard links here
	}
	return err
}

// rename does the same where a file can have one name only. Others wait
// meanwhile: on this machine always, on others where the file system tells
// them of locks.
func (f *folder) rename(temporary, final string) error {
	lock, err := f.root.OpenFile(path.Join(path.Dir(final), ".lock"), os.O_CREATE|os.O_RDONLY, 0o644)
	if err != nil {
		return err
	}
	defer lock.Close() // gives it up
	for err = syscall.EINTR; errors.Is(err, syscall.EINTR); {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", lock.Name(), err)
	}
	if _, err := f.root.Lstat(final); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fs.ErrExist)
	}
	return f.root.Rename(temporary, final)
}
