// Package testdata holds the demo service and what it is demonstrated with;
// its tests keep them working.
package testdata

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPatches checks that every patch still applies to the shop, which has its
// own tests, and compiles, without what go vet finds.
func TestPatches(t *testing.T) {
	for _, patch := range patches(t) {
		t.Run(patch, func(t *testing.T) {
			t.Parallel()
			dir := copyShop(t)
			applyPatch(t, dir, patch)
			run(t, dir, "go", "vet", ".")
			if subject(t, patch) == "" {
				t.Error("has no Subject: line")
			}
		})
	}
}

// TestReadmeNamesPatches checks that the table of patches is complete.
func TestReadmeNamesPatches(t *testing.T) {
	readme, err := os.ReadFile("shop/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, patch := range patches(t) {
		if !strings.Contains(string(readme), "| `"+patch+"` |") {
			t.Errorf("shop/README.md has no row for %s", patch)
		}
	}
}

// patches returns the names of all patches.
func patches(t testing.TB) (names []string) {
	t.Helper()
	files, err := filepath.Glob("shop/patches/*.patch")
	if err != nil || len(files) == 0 {
		t.Fatalf("no patches in shop/patches (%v)", err)
	}
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".patch"))
	}
	return names
}

func patchFile(t testing.TB, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("shop/patches", name+".patch"))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// subject returns the subject of the commit that a patch was.
func subject(t testing.TB, patch string) string {
	t.Helper()
	text, err := os.ReadFile(patchFile(t, patch))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "Subject: ")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(strings.TrimPrefix(line, "[PATCH]"))
}

// copyShop copies the shop without its patches into a new git repository.
func copyShop(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("shop")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "patches")); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "git", "init", "-q")
	return dir
}

func applyPatch(t testing.TB, dir, patch string) {
	t.Helper()
	run(t, dir, "git", "apply", patchFile(t, patch))
}

func buildShop(t testing.TB, dir string) (binary string) {
	t.Helper()
	run(t, dir, "go", "build", "-trimpath", "-buildvcs=false", "-o", "shop", ".")
	return filepath.Join(dir, "shop")
}

// run runs a command without the git configuration of whoever runs the tests.
func run(t testing.TB, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") }),
		"CGO_ENABLED=0", "GOWORK=off", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
