package baseline

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"math"
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

// The layout of a bbolt file, in the byte order of the machine: two pages,
// each a header and then the meta that counts when its checksum is right and
// its transaction the later one (bbolt, internal/common/meta.go and page.go).
const (
	boltMagic      = 0xED0CDAED
	boltVersion    = 2
	pageHeaderSize = 16
	metaSize       = 64
	minPageSize    = 1 << 10
	maxPageSize    = 1 << 24
)

// inspect tells whether bbolt may be given the file. It does not check so much
// itself: it maps the file into memory and dies of a bus error where a page
// that the meta promises has been cut off.
func inspect(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w: not a regular file", path, ErrForeign)
	}
	size, need, err := sizeOf(f)
	if err != nil {
		return fmt.Errorf("%s: %w: it was left as it is; move it away, or choose another place for the store", path, err)
	}
	if size < need {
		return fmt.Errorf("%s: %w: %d bytes of at least %d are left; move it away, and perfcheck starts a new one", path, ErrDamaged, size, need)
	}
	return nil
}

// A dataFile is a bbolt file, to which another process may write.
type dataFile interface {
	io.ReaderAt
	Stat() (fs.FileInfo, error)
}

// sizeOf returns how many bytes a bbolt file has, and must have at least. The
// file grows before its meta says so: its size is looked at last.
func sizeOf(f dataFile) (size, need int64, err error) {
	if need, err = promisedSize(f, math.MaxInt64); err != nil {
		return 0, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, 0, err
	}
	return info.Size(), need, nil
}

// promisedSize returns how many bytes a bbolt file of the given size, or of less,
// must have at least.
func promisedSize(f io.ReaderAt, size int64) (int64, error) {
	m, err := latestMeta(f, size)
	return int64(m.pages) * int64(m.pageSize), err
}

// latestMeta returns the meta that counts in a bbolt file of the given size, or of less.
func latestMeta(f io.ReaderAt, size int64) (latest boltMeta, err error) {
	// The second meta lies at the start of the second page, whose size only a
	// meta tells; powers of two are all there are.
	for at := int64(0); at < min(size, maxPageSize+1); at = max(2*at, minPageSize) {
		m, ok := readMeta(f, at)
		if ok && (at == 0 || at == int64(m.pageSize)) && (latest.pageSize == 0 || m.tx > latest.tx) {
			latest = m
		}
	}
	if latest.pageSize == 0 {
		return latest, ErrForeign
	}
	return latest, nil
}

type boltMeta struct {
	pageSize       uint32
	root, freelist uint64 // pages
	pages, tx      uint64 // pages: the first that is not in use
}

func readMeta(f io.ReaderAt, at int64) (boltMeta, bool) {
	buf := make([]byte, metaSize)
	if _, err := f.ReadAt(buf, at+pageHeaderSize); err != nil {
		return boltMeta{}, false
	}
	order := binary.NativeEndian
	sum := fnv.New64a()
	sum.Write(buf[:metaSize-8])
	if order.Uint32(buf) != boltMagic || order.Uint32(buf[4:]) != boltVersion || order.Uint64(buf[56:]) != sum.Sum64() {
		return boltMeta{}, false
	}
	return boltMeta{
		pageSize: order.Uint32(buf[8:]),
		root:     order.Uint64(buf[16:]), freelist: order.Uint64(buf[32:]),
		pages: order.Uint64(buf[40:]), tx: order.Uint64(buf[48:]),
	}, true
}
