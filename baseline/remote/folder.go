package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"slices"
	"syscall"
)

// A folder keeps files in a directory that machines share. Nothing there is
// followed out of it.
type folder struct {
	root *os.Root
	log  func(string)
}

// openFolder opens a directory that is there. It makes none: where a share is
// not mounted, one would be made on this machine's own disk.
func openFolder(name string, o Options) (*folder, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %v: make the folder, or mount the share", ErrNotFound, err)
	case err == nil && !info.IsDir():
		return nil, fmt.Errorf("%w: %s is not a folder", ErrNotFound, name)
	case err != nil:
		return nil, advise(err)
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, advise(err)
	}
	return &folder{root, o.Log}, nil
}

func (f *folder) Close() error { return f.root.Close() }

func (f *folder) List(ctx context.Context) ([]string, error) {
	var names []string
	var others strangers
	top, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return nil, advise(err)
	}
	for _, dir := range top {
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case dir.Name()[0] == '.': // the file system's own, and that of desktops
		case !dir.IsDir() || !shardPattern.MatchString(dir.Name()):
			others.add(dir.Name())
		default:
			found, err := f.listShard(dir.Name(), &others)
			if closed(err) {
				f.leave(dir.Name(), err)
			} else if err != nil {
				return nil, err
			}
			names = append(names, found...)
		}
		if len(names) > maxFiles {
			return nil, fmt.Errorf("%s: more than %d files", f.root.Name(), maxFiles)
		}
	}
	others.tell(f.log)
	slices.Sort(names)
	return names, nil
}

func (f *folder) listShard(dir string, others *strangers) ([]string, error) {
	entries, err := fs.ReadDir(f.root.FS(), dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		switch name := e.Name(); {
		case name[0] == '.': // being written, or our lock
		case !ValidName(name) || shard(name) != dir || !e.Type().IsRegular():
			others.add(path.Join(dir, name))
		default:
			names = append(names, name)
		}
	}
	return names, nil
}

func (f *folder) Get(ctx context.Context, names []string) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		for _, name := range names {
			if ctx.Err() != nil {
				yield(File{}, context.Cause(ctx))
				return
			}
			data, err := f.read(name)
			switch {
			case errors.Is(err, errRefused):
				f.log(err.Error())
			case closed(err):
				f.leave(name, err)
			case err != nil:
				yield(File{}, advise(err))
				return
			case !yield(File{name, data}, nil):
				return
			}
		}
	}
}

// closed says that something was deleted since it was seen, or that its owner
// lets nobody read it: no reason to go without the rest.
func closed(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}

func (f *folder) leave(name string, err error) {
	f.log(fmt.Sprintf("%s cannot be read and was left alone: %v", name, err))
}

var errRefused = errors.New("left alone")

// read reads a file that anybody may have put there.
func (f *folder) read(name string) ([]byte, error) {
	// A pipe must not keep us waiting for somebody to write to it.
	file, err := f.root.OpenFile(filePath(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close() // only read
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file: %w", name, errRefused)
	}
	data, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%s has more than %d bytes: %w", name, MaxSize, errRefused)
	}
	return data, err
}

// advise says what to do about a folder that cannot be used.
func advise(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%w: %v: ask for the right to do that, or choose another folder", ErrDenied, err)
	}
	return err
}
