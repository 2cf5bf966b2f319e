package baseline

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"go.etcd.io/bbolt"
)

// Compact writes the store at path anew, without the room that removed runs
// took: bbolt gives none of it back. It returns the sizes of the file before and
// after. Until the new file is whole and on the disk the old one stays, whatever
// happens, and processes that wait for the store get the new one.
func Compact(path string, o Options) (before, after int64, err error) {
	err = rewrite(path, o, Open, func(s *Store, dst *bbolt.DB) error {
		if err := bbolt.Compact(dst, s.db, batchSize); err != nil {
			return err
		}
		before, after, err = sizes(path, dst.Path())
		return err
	})
	return before, after, err
}

func sizes(old, new string) (before, after int64, err error) {
	was, err := os.Stat(old)
	if err != nil {
		return 0, 0, err
	}
	is, err := os.Stat(new)
	if err != nil {
		return 0, 0, err
	}
	return was.Size(), is.Size(), nil
}

// rewrite puts a file that fill has filled in the place of the store's, which
// open opens.
func rewrite(path string, o Options, open func(string, Options) (*Store, error), fill func(s *Store, dst *bbolt.DB) error) error {
	if file, err := filepath.EvalSymlinks(path); err == nil { // else Open says what is wrong
		path = file // what a symbolic link names is replaced, not the link
	}
	o.MustExist = true
	s, err := open(path, o)
	if err != nil {
		return err
	}
	dst, err := s.beside(fill)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	err = errors.Join(os.Rename(dst.Path(), path), SyncFolder(filepath.Dir(path)))
	if err != nil {
		err = advise(path, err)
		_ = os.Remove(dst.Path())
	}
	// First the old file: whoever waited for it finds the new one in its place,
	// still locked, so that the record of the holder that goes is ours.
	return errors.Join(err, s.Close(), dst.Close())
}

// beside returns a file beside the store's, whole and on the disk. One that a
// killed process left there is removed: nobody else has the store open.
func (s *Store) beside(fill func(s *Store, dst *bbolt.DB) error) (*bbolt.DB, error) {
	if err := sweep(s.path); err != nil {
		return nil, advise(s.path, err)
	}
	path := s.path + ".rewrite"
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, advise(s.path, err)
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return nil, advise(s.path, err)
	}
	dst, err := bbolt.Open(path, info.Mode().Perm(), &bbolt.Options{NoSync: true})
	if err != nil {
		return nil, advise(s.path, errors.Join(err, os.Remove(path)))
	}
	dst.AllocSize = 1 << 20 // bytes by which the file grows; bbolt's 16 MiB are more than most stores
	err = s.guard(func() error { return fill(s, dst) })
	if err == nil {
		err = errors.Join(dst.Sync(), os.Chmod(path, info.Mode().Perm())) // whatever the umask is
	}
	if err != nil {
		return nil, errors.Join(advise(s.path, err), dst.Close(), os.Remove(path))
	}
	return dst, nil
}

// SyncFolder makes the names of the files in a folder last, as far as the file
// system can.
func SyncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
