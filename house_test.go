// Package perfcheck_test holds the rules of the whole module: which package
// imports which, where a library enters, and who may print and exit.
package perfcheck_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/perfcheck/perfcheck"

// house names each package with those of ours that it builds on. It may import
// these and what they build on, and nothing else; tests may import anything.
var house = map[string][]string{
	"bench":                {"bench/hist"},
	"bench/hist":           {},
	"bench/lock":           {},
	"bench/profile":        {"bench"},
	"bench/scenario":       {"bench/profile"},
	"bench/load":           {"bench/load/http1", "bench/scenario"},
	"bench/load/balance":   {"bench/load/http1"},
	"bench/load/http1":     {"bench/scenario"},
	"bench/load/http2":     {"bench/load/http1"},
	"bench/service":        {"bench/profile"},
	"bench/resource":       {"bench"},
	"bench/revision":       {"bench/lock"},
	"bench/runner":         {"bench/load", "bench/load/balance", "bench/load/http2", "bench/resource", "bench/revision", "bench/service"},
	"baseline":             {"bench", "bench/lock"},
	"baseline/remote":      {},
	"action":               {},
	"action/githubtest":    {}, // only tests import it
	"compare/stats":        {},
	"compare":              {"bench", "compare/stats"},
	"compare/report":       {"bench", "compare"},
	"cmd/perfcheck":        {"action", "baseline", "baseline/remote", "bench/runner", "compare/report"},
	"testdata":             {},
	"testdata/peers":       {}, // tests only
	"testdata/peers/drive": {"bench/load"},
}

// doors names the packages through which each library enters, for tests too.
// A library is named by the beginning of its import paths.
var doors = map[string][]string{
	"github.com/HdrHistogram/hdrhistogram-go":    {"bench/hist"},
	"github.com/cenkalti/backoff/v5":             {"action"},
	"github.com/expr-lang/expr":                  {"bench/scenario"},
	"github.com/chromedp":                        {"compare/report"},                           // a browser, for tests
	"github.com/goccy/go-yaml":                   {"bench/profile", "bench/service", "action"}, // perfcheck.yml; compose's own; tests of action.yml
	"github.com/containerd/errdefs":              {"bench/service"},
	"github.com/google/go-github":                {"action"},
	"github.com/joho/godotenv":                   {"bench/profile"},
	"github.com/mattn/go-runewidth":              {"compare/report"},
	"github.com/tidwall/gjson":                   {"bench/scenario"},
	"github.com/moby/moby":                       {"bench/service"},
	"github.com/ohler55/ojg":                     {"bench/scenario"},
	"github.com/rogpeppe/go-internal/testscript": {"cmd/perfcheck"},
	"github.com/schollz/progressbar":             {"cmd/perfcheck"},
	"github.com/urfave/cli":                      {"cmd/perfcheck"},
	"github.com/yuin/goldmark":                   {"compare/report"}, // tests only: what Markdown becomes
	"go.etcd.io/bbolt":                           {"baseline"},
	"golang.org/x/sys/unix":                      {"bench/load/http1", "bench/resource", "bench/service"}, // the kernel
	"golang.org/x/term":                          {"cmd/perfcheck"},
	"gonum.org/v1/gonum":                         {"compare/stats"},
}

// A source is one Go file of the module, whatever system it is built for.
type source struct {
	path string // slash separated, below the root
	pkg  string // the folder
	test bool
	file *ast.File
}

// sources parses all Go files of the module. Those of modules below it, and what
// packages keep in their testdata, are left out.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, err := os.Stat(filepath.Join(name, "go.mod"))
			data := d.Name() == "testdata" && name != "testdata"
			if name != "." && (err == nil || data || strings.HasPrefix(d.Name(), ".")) {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		slashed := filepath.ToSlash(name)
		all = append(all, source{slashed, path.Dir(slashed), strings.HasSuffix(name, "_test.go"), file})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("found only %d Go files: the test runs in the wrong folder", len(all))
	}
	return all
}

// imports returns the import paths of a file.
func (s source) imports(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, spec := range s.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, p)
	}
	return paths
}

func TestHouseIsBuilt(t *testing.T) {
	for pkg := range house {
		if files, err := filepath.Glob(filepath.Join(filepath.FromSlash(pkg), "*.go")); err != nil || len(files) == 0 {
			t.Errorf("package %s has a room in the house and no files", pkg)
		}
	}
}

func TestPackagesImportDownwards(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		if _, ok := house[s.pkg]; !ok {
			t.Errorf("%s: package %s has no room in the house", s.path, s.pkg)
			continue
		}
		for _, imported := range s.imports(t) {
			ours, ok := strings.CutPrefix(imported, module+"/")
			if ok && !stands(s.pkg, ours) {
				t.Errorf("%s: %s must not import %s", s.path, s.pkg, ours)
			}
		}
	}
}

// stands says whether upper builds on lower, by way of others or not.
func stands(upper, lower string) bool {
	return slices.ContainsFunc(house[upper], func(p string) bool { return p == lower || stands(p, lower) })
}

func TestLibrariesEnterThroughTheirDoor(t *testing.T) {
	for _, s := range sources(t) {
		for _, imported := range s.imports(t) {
			first, _, _ := strings.Cut(imported, "/")
			if !strings.Contains(first, ".") || strings.HasPrefix(imported, module) {
				continue // the standard library, or ours
			}
			switch rooms, known := door(imported); {
			case !known:
				t.Errorf("%s: library %s has no door yet", s.path, imported)
			case !slices.Contains(rooms, s.pkg):
				t.Errorf("%s: library %s may be imported by %s only", s.path, imported, strings.Join(rooms, ", "))
			}
		}
	}
}

func door(imported string) (rooms []string, known bool) {
	for library, rooms := range doors {
		if imported == library || strings.HasPrefix(imported, library+"/") {
			return rooms, true
		}
	}
	return nil, false
}

// But for commands nothing exits or prints: what there is to say is returned, or
// written to a writer that was given.
func TestOnlyCommandsPrintAndExit(t *testing.T) {
	forbidden := map[string][]string{
		"os":  {"Exit", "Stdout", "Stderr"},
		"fmt": {"Print", "Printf", "Println"},
		"log": {"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln"},
	}
	for _, s := range sources(t) {
		if s.test || s.file.Name.Name == "main" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := sel.X.(*ast.Ident); ok && slices.Contains(forbidden[pkg.Name], sel.Sel.Name) {
					t.Errorf("%s: %s.%s", s.path, pkg.Name, sel.Sel.Name)
				}
			}
			return true
		})
	}
}

// What the Makefile names in ALONE starts no goroutine, so that make test may leave
// the race detector out there: with it, arithmetic takes many times as long.
func TestAloneStartsNoGoroutine(t *testing.T) {
	patterns := alone(t)
	for _, s := range sources(t) {
		within := func(pattern string) bool {
			pkg, all := strings.CutSuffix(pattern, "/...")
			return s.pkg == pkg || all && strings.HasPrefix(s.pkg, pkg+"/")
		}
		if s.test || !slices.ContainsFunc(patterns, within) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if _, starts := n.(*ast.GoStmt); starts || ok && sel.Sel.Name == "Go" {
				t.Errorf("%s starts a goroutine: test it with -race in the Makefile", s.path)
			}
			return true
		})
	}
}

// alone returns the patterns of packages in ALONE of the Makefile.
func alone(t *testing.T) (patterns []string) {
	t.Helper()
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(makefile)) {
		if name, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(name) == "ALONE" {
			for _, pattern := range strings.Fields(value) {
				patterns = append(patterns, path.Clean(pattern))
			}
		}
	}
	if len(patterns) == 0 {
		t.Fatal("the Makefile has no ALONE")
	}
	return patterns
}
