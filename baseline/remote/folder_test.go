package remote

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// putterVariable makes the test binary a process that puts files into the
// folder which it names, and says the number of each that it has put.
const putterVariable = "REMOTE_TEST_PUTTER"

const largeFile = 1 << 20 // so that a kill hits the middle of it

func large(n int) File {
	return File{file(n).Name, []byte(strings.Repeat(strconv.Itoa(n%10), largeFile))}
}

func putForEver(dir string) {
	r, err := Open(context.Background(), "dir:"+dir, Options{})
	for n := 0; err == nil; n++ {
		if err = r.Put(context.Background(), []File{large(n)}); err == nil {
			_, err = fmt.Println(n)
		}
	}
	log.Fatal(err)
}

// A kill at any moment leaves whole files, all that were said to be there, and
// nothing that anybody would take for one.
func TestKillWhilePutting(t *testing.T) {
	for kill := range 8 {
		dir := t.TempDir()
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), putterVariable+"="+dir)
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		said := 0
		lines := bufio.NewScanner(stdout)
		for said <= kill && lines.Scan() {
			said++
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // until it is dead
			said++
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the other process ended by itself")
		}
		got := contents(t, "dir:"+dir)
		for n := range said {
			if got[large(n).Name] != string(large(n).Data) {
				t.Errorf("file %d of %d was said to be there, and is not", n, said)
			}
		}
		for name, data := range got {
			if len(data) != largeFile {
				t.Errorf("%s has %d bytes", name, len(data))
			}
		}
		// The next one is not disturbed by what is left.
		if err := openTest(t, "dir:"+dir, Options{}).Put(t.Context(), []File{large(said), large(said + 1)}); err != nil {
			t.Error(err)
		}
	}
}

func TestNothingIsLeftBeside(t *testing.T) {
	dir := t.TempDir()
	r := openTest(t, "dir:"+dir, Options{})
	if err := r.Put(t.Context(), files(1, 1, 2)); err != nil {
		t.Fatal(err)
	}
	other := File{file(1).Name, []byte("other")}
	if err := r.Put(t.Context(), []File{other}); !errors.Is(err, ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*", ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left: %q, %v", left, err)
	}
}

// On a file system without hard links a file is renamed, under a lock.
func TestRenameTakesNoNameTwice(t *testing.T) {
	const writers = 10
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "undated", ".new-0"), "0")
	done := make(chan error, writers)
	for w := range writers {
		f := openTest(t, "dir:"+dir, Options{}).(*folder)
		go func() { done <- putByRename(t.Context(), f, File{"a.json", []byte(strconv.Itoa(w))}) }()
	}
	won := 0
	for range writers {
		if err := <-done; err == nil {
			won++
		} else if !errors.Is(err, fs.ErrExist) {
			t.Error(err)
		}
	}
	if got := contents(t, "dir:"+dir); won != 1 || len(got["a.json"]) != 1 {
		t.Errorf("%d wrote; there is %q", won, got)
	}
}

// putByRename puts a file as on a file system without hard links.
func putByRename(ctx context.Context, f *folder, file File) error {
	return f.place(file, func(temporary, final string) error { return f.rename(ctx, temporary, final) })
}

// A lock that nobody gives up is waited for until the context ends, and named.
func TestLockIsWaitedForNoLonger(t *testing.T) {
	dir := t.TempDir()
	held := filepath.Join(dir, "undated", ".lock")
	writeFile(t, held, "")
	holder, err := os.Open(held)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	if err := syscall.Flock(int(holder.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	f := openTest(t, "dir:"+dir, Options{Log: func(string) { cancel(stop) }}).(*folder)
	if err := putByRename(ctx, f, File{"a.json", nil}); !errors.Is(err, stop) || !strings.Contains(err.Error(), held) {
		t.Errorf("got %v, want the cause and %s", err, held)
	}
}

// What lies outside the folder is not read, and a pipe keeps nobody waiting.
func TestHostileFolder(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	writeFile(t, filepath.Join(outside, file(1).Name), "outside")
	if err := os.Mkdir(filepath.Join(dir, "2026-02"), 0o755); err != nil {
		t.Fatal(err)
	}
	link, pipe := filepath.Join(dir, "2026-02", file(1).Name), filepath.Join(dir, "2026-02", file(13).Name)
	if err := errors.Join(
		os.Symlink(filepath.Join(outside, file(1).Name), link),
		os.Symlink(outside, filepath.Join(dir, "2026-03")),
		syscall.Mkfifo(pipe, 0o644),
	); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, "dir:"+dir); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	r := openTest(t, "dir:"+dir, Options{})
	for _, n := range []int{1, 2, 13} {
		if err := r.Put(t.Context(), files(n)); err == nil {
			t.Errorf("put file %d in place of what is there", n)
		}
		for f, err := range r.Get(t.Context(), []string{file(n).Name}) {
			if err == nil {
				t.Errorf("got %q", f)
			}
		}
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
		t.Errorf("outside are %v, %v", entries, err)
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	if err := openTest(t, "dir:"+dir, Options{}).Put(t.Context(), files(1)); !errors.Is(err, ErrDenied) {
		t.Errorf("got %v, want ErrDenied", err)
	}
}

// What is put is as open as the folder is, whatever the umask, and what a kill
// left closed is opened.
func TestAllIsAsOpenAsTheFolder(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	dir := t.TempDir()
	// Those of the folder's group are the team.
	if err := os.Chmod(dir, 0o770); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "2026-03"), 0o700|fs.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "2026-03"), 0o700|fs.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	f := openTest(t, "dir:"+dir, Options{}).(*folder)
	if err := f.Put(t.Context(), files(1, 2)); err != nil {
		t.Fatal(err)
	}
	if err := f.makeShard("undated"); err != nil {
		t.Fatal(err)
	}
	if err := putByRename(t.Context(), f, File{"a.json", nil}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{
		"2026-02": fs.ModeDir | 0o770, filePath(file(1).Name): 0o660,
		"2026-03": fs.ModeDir | fs.ModeSetgid | 0o770, filePath(file(2).Name): 0o660,
		"undated/a.json": 0o660, "undated/.lock": 0o660,
	} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v, want %v; %v", name, info.Mode(), want, err)
		}
	}
}

// A file that was deleted since it was listed, or that another has closed, is
// told, and the rest is got.
func TestGetWithoutSome(t *testing.T) {
	dir := t.TempDir()
	var said []string
	r := openTest(t, "dir:"+dir, Options{Log: func(s string) { said = append(said, s) }})
	if err := r.Put(t.Context(), files(1, 2, 3)); err != nil {
		t.Fatal(err)
	}
	names, err := r.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(filepath.Join(dir, filePath(names[0]))), os.Chmod(filepath.Join(dir, filePath(names[1])), 0)); err != nil {
		t.Fatal(err)
	}
	want := 1
	if os.Getuid() == 0 { // who reads what is closed, too
		want = 2
	}
	if got := get(t, r, names); len(got) != want || got[names[2]] == "" {
		t.Errorf("got %q", got)
	}
	if len(said) != 3-want || !strings.Contains(said[0], names[0]) {
		t.Errorf("said %q", said)
	}
}

// A month that its owner has closed is told, and the others are listed.
func TestClosedMonth(t *testing.T) {
	dir := t.TempDir()
	said := 0
	r := openTest(t, "dir:"+dir, Options{Log: func(string) { said++ }})
	if err := r.Put(t.Context(), files(1, 2)); err != nil {
		t.Fatal(err)
	}
	month := filepath.Join(dir, "2026-02")
	if err := os.Chmod(month, 0); err != nil {
		t.Fatal(err)
	}
	names, err := r.List(t.Context())
	if err != nil || len(names)+said != 2 || names[len(names)-1] != file(2).Name { // root reads what is closed, too
		t.Errorf("got %q, %v, and %d sentences", names, err, said)
	}
	if err := os.Chmod(month, 0o755); err != nil {
		t.Fatal(err)
	}
}
