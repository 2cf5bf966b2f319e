package action_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestInstallRelease has install.sh fetch a binary that checksums.txt names,
// and refuse one that it does not.
func TestInstallRelease(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal(err)
	}
	const binary = "#!/bin/sh\necho released\n"
	for name, test := range map[string]struct {
		sum  string // that checksums.txt gives
		fine bool
	}{
		"as named": {fmt.Sprintf("%x", sha256.Sum256([]byte(binary))), true},
		"another":  {fmt.Sprintf("%x", sha256.Sum256([]byte("another"))), false},
	} {
		t.Run(name, func(t *testing.T) {
			file := fmt.Sprintf("perfcheck_v1.2.3_%s_%s", runtime.GOOS, runtime.GOARCH)
			releases := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v1.2.3/"+file {
					http.NotFound(w, r)
					return
				}
				fmt.Fprint(w, binary)
			}))
			defer releases.Close()

			root, temp := t.TempDir(), t.TempDir()
			script, err := os.ReadFile("install.sh")
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(root, "action", "install.sh"), string(script))
			write(t, filepath.Join(root, "action", "checksums.txt"),
				fmt.Sprintf("%x  perfcheck_v1.2.3_plan9_mips\n%s  %s\n", sha256.Sum256(nil), test.sum, file))
			install := exec.Command("bash", filepath.Join(root, "action", "install.sh"))
			install.Env = append(os.Environ(), "PERFCHECK_RELEASES="+releases.URL,
				"RUNNER_TEMP="+temp, "GITHUB_OUTPUT="+filepath.Join(temp, "output"))
			out, err := install.CombinedOutput()
			if (err == nil) != test.fine {
				t.Fatalf("%v\n%s", err, out)
			}
			said, err := exec.Command(filepath.Join(temp, "perfcheck", "bin", "perfcheck")).Output()
			if (err == nil && strings.TrimSpace(string(said)) == "released") != test.fine {
				t.Errorf("the installed program: %v, %q\n%s", err, said, out)
			}
		})
	}
}
