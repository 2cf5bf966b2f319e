package baseline

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
)

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
	m, err := latestMeta(f)
	if err != nil {
		return 0, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, 0, err
	}
	return info.Size(), m.size(), nil
}

// latestMeta returns the meta of a bbolt file that counts.
func latestMeta(f io.ReaderAt) (latest boltMeta, err error) {
	// The second meta lies at the start of the second page, whose size only a
	// meta tells; powers of two are all there are.
	for at := int64(0); at <= maxPageSize; at = max(2*at, minPageSize) {
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

// size returns how many bytes the file must have at least.
func (m boltMeta) size() int64 { return int64(m.pages) * int64(m.pageSize) }

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
