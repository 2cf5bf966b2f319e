package testdata

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// recorder stands in for perfcheck: it says what it was called with and on
// what, and exits as it is told to.
const recorder = `#!/bin/sh
echo "args: $*"
echo "subjects: $(git log -1 --format=%s base), $(git log -1 --format=%s head)"
echo "files: $(git diff --name-only base head | tr '\n' ' ')"
git cat-file -e head:perfcheck.yml || exit 9
git cat-file -e head:patches 2>/dev/null && exit 9
echo "folder: $PWD"
exit $CODE
`

func TestDemo(t *testing.T) {
	tests := []struct {
		head     string
		code     int // of perfcheck
		wantCode int
		wantOut  string
	}{
		{"none", 0, 0, "subjects: base, An innocent change\nfiles: \n"},
		{"none", 1, 1, "exit code 1 (regression), wanted 0"},
		{"none", 4, 1, "exit code 4 (inconclusive), wanted 0"},
		{"faster", 0, 0, "exit code 0 (pass or improvement), wanted 0"},
		{"cpu-10", 1, 0, "subjects: base, Sign answers with a stretched key\nfiles: server.go \n"},
		{"cpu-10", 0, 1, "exit code 0 (pass or improvement), wanted 1"},
		{"leak", 3, 1, "exit code 3 (invalid, or could not measure), wanted 1"},
		{"no-such", 0, 2, "  slow-tail    Notice when the catalog"},
		{"../patches/leak", 0, 2, "usage: "},
	}
	perfcheck := filepath.Join(t.TempDir(), "perfcheck")
	if err := os.WriteFile(perfcheck, []byte(recorder), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s %d", test.head, test.code), func(t *testing.T) {
			out, code := demo(t, test.head, test.code, perfcheck, "--budget", "1m")
			if code != test.wantCode || !strings.Contains(out, test.wantOut) {
				t.Errorf("exit code %d, want %d; output, want %q in it:\n%s", code, test.wantCode, test.wantOut, out)
			}
			if code == 2 {
				return
			}
			if want := "args: compare --profile checkout --fail-on inconclusive --budget 1m base head\n"; !strings.Contains(out, want) {
				t.Errorf("no %q in\n%s", want, out)
			}
			_, rest, _ := strings.Cut(out, "folder: ")
			folder, _, _ := strings.Cut(rest, "\n")
			if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("folder %q is left behind (%v)", folder, err)
			}
		})
	}
}

func TestDemoWithoutPerfcheck(t *testing.T) {
	out, code := demo(t, "none", 0, filepath.Join(t.TempDir(), "perfcheck"))
	if code != 2 || !strings.Contains(out, "error: no program") {
		t.Errorf("exit code %d, want 2: %s", code, out)
	}
}

// demo runs demo.sh with a perfcheck that exits with code.
func demo(t *testing.T, head string, code int, args ...string) (out string, exit int) {
	t.Helper()
	cmd := exec.Command("./demo.sh", args...)
	cmd.Env = append(os.Environ(), "HEAD="+head, "PROFILE=", fmt.Sprint("CODE=", code))
	text, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}
