package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench/profile"
)

func TestDifferences(t *testing.T) {
	data, err := os.ReadFile("testdata/service/perfcheck.yml")
	if err != nil {
		t.Fatal(err)
	}
	own := strings.Replace(string(data), "service:\n", "service:\n  env_file: .env\n", 1)
	// write puts text into a folder of its own, under another name than usual.
	write := func(text string) (dir, path string) {
		dir = t.TempDir()
		path = filepath.Join(dir, "load.yml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir, path
	}
	working, path := write(own)
	// Git need not know it: only the working tree has it.
	if err := os.WriteFile(filepath.Join(working, ".env"), []byte("LEVEL=warn\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := profile.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{config: config, profiles: config.Profiles}
	for _, test := range []struct{ name, old, new, want string }{
		{"the same", "", "", ""},
		{"another load", "rate: 200/s", "rate: 100/s", "describes profile quick, or its service, differently"},
		{"another profile", "quick:", "slow:", "has no profile quick"},
		{"mistakes", "version: 1", "version: 2\nrubbish: 1", "has mistakes (load.yml:1:10: version: this perfcheck reads version 1, got 2)"},
	} {
		dir, _ := write(strings.Replace(own, test.old, test.new, 1))
		if got := s.differences(dir); strings.Join(got, "; ") != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	if got := s.differences(t.TempDir()); len(got) > 0 {
		t.Errorf("without a file: got %q", got)
	}
}
