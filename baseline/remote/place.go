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
	"time"
)

func (f *folder) Put(ctx context.Context, files []File) error {
	if err := check(files); err != nil {
		return err
	}
	for _, file := range files {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := f.put(ctx, file); err != nil {
			return advise(err)
		}
	}
	return nil
}

// put adds one file, unless it is there.
func (f *folder) put(ctx context.Context, file File) error {
	if there, err := f.holds(file); there || err != nil {
		return err
	}
	if err := f.makeShard(shard(file.Name)); err != nil {
		return err
	}
	err := f.place(file, func(temporary, final string) error { return f.link(ctx, temporary, final) })
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

// makeShard makes the folder of a month. One that is there is granted again: a
// kill may have come before that.
func (f *folder) makeShard(dir string) error {
	above, err := f.root.Stat(".")
	if err != nil {
		return err
	}
	if err := f.root.Mkdir(dir, above.Mode().Perm()); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return f.grant(dir, 0o777)
}

// grant lets everybody use what lies at name who may use the folder itself,
// whatever the umask was when it was made, but in no more ways than most. What
// belongs to others stays as it is.
func (f *folder) grant(name string, most fs.FileMode) error {
	above, err := f.root.Stat(".")
	if err != nil {
		return err
	}
	made, err := f.root.Lstat(name)
	if err != nil {
		return err
	}
	want := made.Mode() | above.Mode().Perm()&most
	if want == made.Mode() {
		return nil
	}
	if err := f.root.Chmod(name, want); !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
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
		err = f.grant(temporary, 0o666)
	}
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
func (f *folder) link(ctx context.Context, temporary, final string) error {
	err := f.root.Link(temporary, final)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, errors.ErrUnsupported) {
		return f.rename(ctx, temporary, final) // there are no hard links here
	}
	return err
}

// rename does the same where a file can have one name only. Others wait
// meanwhile: on this machine always, on others where the file system tells
// them of locks.
func (f *folder) rename(ctx context.Context, temporary, final string) error {
	name := path.Join(path.Dir(final), ".lock")
	lock, err := f.root.OpenFile(name, os.O_CREATE|os.O_RDONLY, 0o644)
	if err != nil {
		return err
	}
	defer lock.Close() // gives it up
	if err := f.grant(name, 0o666); err != nil {
		return err
	}
	if err := f.wait(ctx, lock); err != nil {
		return err
	}
	if _, err := f.root.Lstat(final); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fs.ErrExist)
	}
	return f.root.Rename(temporary, final)
}

// A lock is held while one file is renamed: whoever waits for a second waits
// for a process, or a machine, that hangs.
const (
	lockPause = 20 * time.Millisecond
	longWait  = time.Second
)

// wait waits until the lock is ours.
func (f *folder) wait(ctx context.Context, lock *os.File) error {
	for waited := time.Duration(0); ; waited += lockPause {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return fmt.Errorf("lock %s: %w", lock.Name(), err)
		}
		if waited == longWait {
			f.log("waiting for another process that has locked " + lock.Name())
		}
		if err := sleep(ctx, lockPause); err != nil {
			return fmt.Errorf("lock %s: %w", lock.Name(), err)
		}
	}
}
