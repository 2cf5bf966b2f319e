package revision

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// The first part is GitHub's own table of examples: docs.github.com, "Workflow
// syntax for GitHub Actions", "Patterns to match file paths".
func TestPatterns(t *testing.T) {
	for _, tt := range []struct{ patterns, in, out string }{ // lists with blanks between
		{"*", "README.md server.rb", "docs/README.md"},
		{"*.jsx?", "page.js page.jsx", "page.jsxx js/page.js"},
		{"**", "all/the/files.md file", ""},
		{"*.js", "app.js index.js", "src/app.js"},
		{"**.js", "index.js js/index.js src/js/app.js", "index.jsx"},
		{"docs/*", "docs/README.md docs/file.txt", "docs/mona/octocat.txt docs"},
		{"docs/**", "docs/README.md docs/mona/octocat.txt", "docs my/docs/a"},
		{"docs/**/*.md", "docs/README.md docs/mona/hello-world.md docs/a/markdown/file.md", "docs/a.txt README.md"},
		{"**/docs/**", "docs/hello.md dir/docs/my-file.txt space/docs/plan/space.doc", "mydocs/hello.md"},
		{"**/README.md", "README.md js/README.md", "js/MYREADME.md"},
		{"**/*src/**", "a/src/app.js my-src/code/js/app.js", "src2/app.js"},
		{"**/*-post.md", "my-post.md path/their-post.md", "post.md"},
		{"**/migrate-*.sql", "migrate-10909.sql db/migrate-v1.0.sql db/sept/migrate-v1.sql", "db/migrate.sql"},
		{"*.md !README.md", "hello.md", "README.md docs/hello.md"},
		{"*.md !README.md README*", "hello.md README.md README.doc", "docs/hello.md"},

		{"** !docs/** docs/api/**", "main.go docs/api/a.yml", "docs/a.md"},
		{"v[12].[0-9]+", "v1.0 v2.10", "v3.0 v1. v1.x"},
		{`a\*b \!c \[d]`, "a*b !c [d]", "aab c d"},
		{"a.b", "a.b", "axb xa.b a.bx"},
		{"services/api/**", "services/api/main.go", "services/api Services/api/main.go services/apix/main.go"},
		{"é?t*", "ét t éts", "éét"},
		{"a**/b", "a/b a/x/b ax/b", "ab"},
	} {
		patterns, err := ParsePatterns(strings.Fields(tt.patterns))
		if err != nil {
			t.Error(err)
			continue
		}
		in, out := strings.Fields(tt.in), strings.Fields(tt.out)
		if got := patterns.Matching(slices.Concat(in, out)); !slices.Equal(got, in) {
			t.Errorf("%s: got %q, want %q", tt.patterns, got, in)
		}
	}
}

func TestPatternsOverLines(t *testing.T) {
	patterns, err := ParsePatterns([]string{"a*", "**/c"})
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{"a\nb", "x\ny/c"}
	if got := patterns.Matching(paths); !slices.Equal(got, paths) {
		t.Errorf("got %q", got)
	}
	if got := Patterns(nil).Matching(paths); len(got) != 0 {
		t.Errorf("no patterns match %q", got)
	}
}

func TestParsePatternsRefuses(t *testing.T) {
	for pattern, want := range map[string]string{
		"":          "empty",
		"!":         "empty",
		"/docs/**":  "root of the repository",
		"./docs/**": "root of the repository",
		"../x":      "root of the repository",
		"!docs/":    "docs/**",
		"!docs/**":  `put "**" before it`,
		"[":         "in []",
		"[]a":       "in []",
		"[!a]":      "in []",
		"[a-Z]":     "in []",
		"[z-a]":     "upwards",
		"?a":        "repeat",
		"a*+":       "repeat",
		`a\`:        `ends with a \`,
		"\xff":      "UTF-8",
	} {
		if _, err := ParsePatterns([]string{pattern}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", pattern, err, want)
		}
	}
	_, err := ParsePatterns([]string{"a/", "fine", "["})
	if err == nil || !strings.Contains(err.Error(), `"a/"`) || !strings.Contains(err.Error(), `"["`) {
		t.Errorf("got %v, want both that are wrong", err)
	}
}

// Any text is refused or parsed, and a path in which nothing has a meaning left
// matches itself.
func FuzzPatterns(f *testing.F) {
	for _, seed := range []string{"docs/**", "!a", `x[0-9]+?\*`, "é/ü"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if patterns, err := ParsePatterns([]string{text}); err == nil {
			patterns.Matching([]string{text})
		}
		if !utf8.ValidString(text) || strings.HasPrefix(text, "/") || strings.HasSuffix(text, "/") || strings.HasPrefix(text, ".") || text == "" {
			return
		}
		var plain strings.Builder
		for _, r := range text {
			plain.WriteString(`\` + string(r))
		}
		patterns, err := ParsePatterns([]string{plain.String()})
		if err != nil || len(patterns.Matching([]string{text})) != 1 {
			t.Errorf("%s does not match %q: %v", plain.String(), text, err)
		}
	})
}
