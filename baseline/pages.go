package baseline

import (
	"encoding/binary"
	"fmt"
	"io"
)

// The rest of the layout of a bbolt file (internal/common/page.go, inode.go
// and bucket.go): a page is a header and elements of one size, each of which
// says how far from itself its key lies, and behind that its value.
const (
	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10

	elementSize   = 16
	bucketElement = 0x01
	bucketHeader  = 16 // of a bucket's value: the page of its root, and a sequence

	manyFree = 0xFFFF // as the count of a freelist: the first entry is the count
)

// checkPages follows all pages in use from the latest meta page, and returns
// what it finds first that is out of place. bbolt itself follows whatever a page
// says, out of the file or in circles.
func checkPages(f io.ReaderAt) error {
	m, err := latestMeta(f)
	if err != nil {
		return err
	}
	w := pageWalk{file: f, meta: m, seen: make(map[uint64]bool)}
	if err := w.freelist(); err != nil {
		return err
	}
	return w.follow(m.root)
}

type pageWalk struct {
	file io.ReaderAt
	meta boltMeta
	seen map[uint64]bool
}

// page reads a page, with those that it flows over into, and marks them as seen.
func (w *pageWalk) page(id uint64) (page, error) {
	if id < 2 || id >= w.meta.pages {
		return page{}, fmt.Errorf("%w: page %d is used, and there are pages 2 to %d", ErrDamaged, id, w.meta.pages-1)
	}
	header := make(page, pageHeaderSize)
	if _, err := w.file.ReadAt(header, int64(id)*int64(w.meta.pageSize)); err != nil {
		return nil, err
	}
	overflow := uint64(binary.NativeEndian.Uint32(header[12:]))
	if own := binary.NativeEndian.Uint64(header); own != id || overflow >= w.meta.pages-id {
		return nil, fmt.Errorf("%w: page %d says that it is page %d and %d more", ErrDamaged, id, own, overflow)
	}
	for i := id; i <= id+overflow; i++ {
		if w.seen[i] {
			return nil, fmt.Errorf("%w: page %d is used twice", ErrDamaged, i)
		}
		w.seen[i] = true
	}
	p := make(page, (overflow+1)*uint64(w.meta.pageSize))
	_, err := w.file.ReadAt(p, int64(id)*int64(w.meta.pageSize))
	return p, err
}

func (w *pageWalk) freelist() error {
	p, err := w.page(w.meta.freelist)
	if err != nil {
		return err
	}
	entries := p[pageHeaderSize:]
	count := uint64(p.count())
	if count == manyFree && len(entries) >= 8 {
		count = binary.NativeEndian.Uint64(entries) + 1 // itself
	}
	if p.flags() != freelistPage || count > uint64(len(entries)/8) {
		return fmt.Errorf("%w: page %d is no list of free pages", ErrDamaged, w.meta.freelist)
	}
	return nil
}

// follow checks the page with that number and all that it leads to.
func (w *pageWalk) follow(id uint64) error {
	p, err := w.page(id)
	if err != nil {
		return err
	}
	if err := w.elements(p); err != nil {
		return fmt.Errorf("%w: page %d: %v", ErrDamaged, id, err)
	}
	return nil
}

// elements checks those of a page, or of a bucket so small that it lies within
// its element.
func (w *pageWalk) elements(p page) error {
	if flags := p.flags(); flags != branchPage && flags != leafPage {
		return fmt.Errorf("unknown kind of page %#x", flags)
	}
	if len(p) < pageHeaderSize+p.count()*elementSize {
		return fmt.Errorf("%d elements do not fit", p.count())
	}
	for i := range p.count() {
		at := pageHeaderSize + i*elementSize
		if p.flags() == branchPage {
			if err := p.fits(at, binary.NativeEndian.Uint32(p[at:]), binary.NativeEndian.Uint32(p[at+4:])); err != nil {
				return err
			}
			if err := w.follow(binary.NativeEndian.Uint64(p[at+8:])); err != nil {
				return err
			}
		} else if err := w.leaf(p, at); err != nil {
			return err
		}
	}
	return nil
}

func (w *pageWalk) leaf(p page, at int) error {
	position, key, value := binary.NativeEndian.Uint32(p[at+4:]), binary.NativeEndian.Uint32(p[at+8:]), binary.NativeEndian.Uint32(p[at+12:])
	if err := p.fits(at, position, key, value); err != nil {
		return err
	}
	if binary.NativeEndian.Uint32(p[at:])&bucketElement == 0 {
		return nil
	}
	bucket := p[at+int(position+key):][:value]
	if len(bucket) < bucketHeader {
		return fmt.Errorf("a bucket of %d bytes", len(bucket))
	}
	if root := binary.NativeEndian.Uint64(bucket); root != 0 {
		return w.follow(root)
	}
	if bucket = bucket[bucketHeader:]; len(bucket) < pageHeaderSize {
		return fmt.Errorf("a bucket without a page")
	}
	return w.elements(bucket)
}

// A page is the bytes of one, with those that it flows over into.
type page []byte

func (p page) flags() uint16 { return binary.NativeEndian.Uint16(p[8:]) }
func (p page) count() int    { return int(binary.NativeEndian.Uint16(p[10:])) }

// fits wants what lies so far behind an element to be within the page.
func (p page) fits(at int, lengths ...uint32) error {
	end := int64(at)
	for _, n := range lengths {
		end += int64(n)
	}
	if end > int64(len(p)) {
		return fmt.Errorf("the element at %d ends at %d", at, end)
	}
	return nil
}
