package action

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stepFileOf makes a step's file with some content, and the environment that
// names it.
func stepFileOf(t *testing.T, variable, content string) (path string, getenv func(string) string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path, lookup(map[string]string{variable: path})
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestAppendSummary(t *testing.T) {
	path, getenv := stepFileOf(t, "GITHUB_STEP_SUMMARY", "| a |\n|---|\n| b |")
	for _, markdown := range []string{"## checkout", "## search"} {
		if err := AppendSummary(getenv, markdown); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := content(t, path), "| a |\n|---|\n| b |\n\n## checkout\n\n## search\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSummaryHasALimit(t *testing.T) {
	path, getenv := stepFileOf(t, "GITHUB_STEP_SUMMARY", "# first\n")
	room := maxSummary - len("# first\n\n\n")
	err := AppendSummary(getenv, strings.Repeat("x", room+1))
	if !errors.Is(err, ErrSummaryTooLong) || content(t, path) != "# first\n" {
		t.Errorf("one byte too many: got %v, and %d bytes in the file", err, len(content(t, path)))
	}
	if err := AppendSummary(getenv, strings.Repeat("x", room)); err != nil || len(content(t, path)) != maxSummary {
		t.Errorf("just so much: got %v, and %d bytes in the file", err, len(content(t, path)))
	}
}

func TestWriteOutputs(t *testing.T) {
	path, getenv := stepFileOf(t, "GITHUB_OUTPUT", "earlier=1") // printf without \n
	err := WriteOutputs(getenv, Output{"verdict", "pass"}, Output{"json", "{\n  \"a\": 1\n}\n"}, Output{"empty", ""})
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseOutputs(content(t, path))
	want := map[string]string{"earlier": "1", "verdict": "pass", "json": "{\n  \"a\": 1\n}\n", "empty": ""}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestWriteOutputsRefusesNames(t *testing.T) {
	path, getenv := stepFileOf(t, "GITHUB_OUTPUT", "")
	for _, name := range []string{"", "a=b", "a<<b", "a\nb", "1a", "-a", "ä", "a b"} {
		if err := WriteOutputs(getenv, Output{"fine", "1"}, Output{name, "x"}); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
	if got := content(t, path); got != "" {
		t.Errorf("wrote %q", got)
	}
}

func TestStepFileIsMissing(t *testing.T) {
	none := func(string) string { return filepath.Join(t.TempDir(), "none", "file") }
	for variable, write := range map[string]func(getenv func(string) string) error{
		"GITHUB_STEP_SUMMARY": func(getenv func(string) string) error { return AppendSummary(getenv, "x") },
		"GITHUB_OUTPUT":       func(getenv func(string) string) error { return WriteOutputs(getenv, Output{"a", "b"}) },
	} {
		for _, getenv := range []func(string) string{lookup(nil), none} {
			if err := write(getenv); err == nil || !strings.Contains(err.Error(), variable) {
				t.Errorf("got %v, want an error that names %s", err, variable)
			}
		}
	}
}

// Whatever a value holds, it is read back as it is, and alone.
func FuzzOutputs(f *testing.F) {
	f.Add("pass")
	f.Add("a\nb<<c\nb=d\r\n")
	f.Fuzz(func(t *testing.T, value string) {
		path, getenv := stepFileOf(t, "GITHUB_OUTPUT", "")
		if err := WriteOutputs(getenv, Output{"first", value}, Output{"second", "2"}); err != nil {
			t.Fatal(err)
		}
		got, err := parseOutputs(content(t, path))
		if want := map[string]string{"first": value, "second": "2"}; err != nil || !maps.Equal(got, want) {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	})
}
