package baseline

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
)

// fileOf returns the file that the run is exported as.
func fileOf(t *testing.T, run *bench.Run) File {
	t.Helper()
	data, err := writeFile([]byte(encoded(t, run)))
	if err != nil {
		t.Fatal(err)
	}
	return File{Name: FileName(summarize(run)), Data: data}
}

// importOne returns why a file is refused as an error.
func importOne(s *Store, f File) (added bool, err error) {
	done, err := s.Import(func(yield func(File, error) bool) { yield(f, nil) })
	return done.Added > 0, errors.Join(append(done.Refused, err)...)
}

func importTest(t *testing.T, s *Store, f File, want bool) {
	t.Helper()
	if added, err := importOne(s, f); err != nil || added != want {
		t.Errorf("%s: added %v, %v; want %v", f.Name, added, err, want)
	}
}

func TestExportAndImport(t *testing.T) {
	run := testRun(1)
	from := openTest(t, tempStore(t))
	put(t, from, run)
	name, data, err := from.Export(run.ID)
	f := fileOf(t, run)
	if err != nil || name != f.Name || !bytes.Equal(data, f.Data) {
		t.Errorf("%s, %s, %v", name, data, err)
	}
	if bytes.Count(f.Data, []byte("\n")) != 1 || !bytes.HasSuffix(f.Data, []byte("\n")) || !json.Valid(f.Data) {
		t.Errorf("not one line of JSON: %s", f.Data)
	}
	s := openTest(t, tempStore(t))
	importTest(t, s, f, true)
	importTest(t, s, f, false)
	importTest(t, s, File{Name: "some/folder/" + f.Name, Data: f.Data}, false)
	importTest(t, s, File{Data: f.Data}, false)
	got, err := s.Get(run.ID)
	if err != nil || encoded(t, got) != encoded(t, run) {
		t.Errorf("got %v, %v", got, err)
	}
	name, data, err = s.Export(run.ID)
	if err != nil || name != f.Name || !bytes.Equal(data, f.Data) {
		t.Errorf("exported again: %s, %v: another file", name, err)
	}
	if _, _, err := s.Export("nope"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestFileName(t *testing.T) {
	sound := regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	for want, change := range map[string]func(*bench.Run){
		"20260301T120100-1-run.json":            func(*bench.Run) {},
		"20260301T120100-1-run.regression.json": func(r *bench.Run) { r.Verdict = "regression" },
		"20260301T120100-1-run.pass-12.json":    func(r *bench.Run) { r.Verdict, r.Rejudged = "pass", 12 },
	} {
		run := testRun(1)
		change(run)
		if got := FileName(summarize(run)); got != want || !sound.MatchString(got) {
			t.Errorf("got %s, want %s", got, want)
		}
		if id, judged := splitName(want); id != run.ID || judged != (judgement{run.Verdict, run.Rejudged}) {
			t.Errorf("%s: id %s, %+v", want, id, judged)
		}
	}
	for _, name := range []string{"x.pass-0", "x.pass-01", "x.pass-", "x.-1", "x.fine", "x.passed-1", "x."} {
		if id, judged := splitName(name + ".json"); id != name || judged != (judgement{}) {
			t.Errorf("%s: id %s, %+v", name, id, judged)
		}
	}
}

// states returns a run as it may travel, each state in place of those before it.
func states() (all []*bench.Run) {
	for _, j := range []judgement{{}, {"pass", 0}, {"regression", 0}, {"pass", 1}, {"inconclusive", 1}, {"pass", 2}, {"improvement", 11}} {
		run := testRun(1)
		run.Verdict, run.Rejudged = j.verdict, j.rejudged
		all = append(all, run)
	}
	return all
}

// Whatever the order in which the states of a run arrive, the last of them stays.
func TestImportInAnyOrder(t *testing.T) {
	all := states()
	var files []File
	for _, run := range all {
		files = append(files, fileOf(t, run))
	}
	want := encoded(t, all[len(all)-1])
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		order := random.Perm(len(files))
		s := openTest(t, tempStore(t))
		if order[0] > 3 { // what is complete elsewhere is here in part
			early := testRun(1)
			early.Complete, early.Trials = false, nil
			put(t, s, early)
		}
		for _, i := range order {
			if _, err := importOne(s, files[i]); err != nil {
				t.Fatalf("%v: %v", order, err)
			}
		}
		if got, err := s.Get(all[0].ID); err != nil || encoded(t, got) != want {
			t.Fatalf("%v: %+v, %v", order, got, err)
		}
	}
}

func TestLacking(t *testing.T) {
	var names []string
	for _, run := range states() {
		names = append(names, FileName(summarize(run)))
	}
	for i, run := range states() {
		s := openTest(t, tempStore(t))
		put(t, s, run)
		lacking, err := s.Lacking(names)
		if want := names[i+1:]; err != nil || !slices.Equal(lacking, want) {
			t.Errorf("%s: lacks %v, %v; want %v", names[i], lacking, err, want)
		}
	}
	s := openTest(t, tempStore(t))
	other := []string{"20260301T120200-2-run.json", "README.md", "x/.json", ""}
	if lacking, err := s.Lacking(other); err != nil || !slices.Equal(lacking, other) {
		t.Errorf("lacks %v, %v", lacking, err)
	}
}

// A slowdown that was accepted stays so, wherever the run was judged before.
func TestAcceptedRegressionTravels(t *testing.T) {
	here, there := openTest(t, tempStore(t)), openTest(t, tempStore(t))
	run := testRun(1)
	var pushed []File
	for _, verdict := range []string{"regression", "pass"} {
		run.Verdict = verdict
		put(t, here, run)
		name, data, err := here.Export(run.ID)
		if err != nil {
			t.Fatal(err)
		}
		pushed = append(pushed, File{Name: name, Data: data})
	}
	if lacking, err := here.Lacking([]string{pushed[0].Name, pushed[1].Name}); err != nil || len(lacking) > 0 {
		t.Errorf("lacks %v, %v", lacking, err)
	}
	for _, s := range []*Store{here, there} {
		importTest(t, s, pushed[1], s == there)
		importTest(t, s, pushed[0], false)
		if got, err := latest(s, run.Digest, "main"); err != nil || got.Verdict != "pass" {
			t.Errorf("%+v, %v; want a baseline", got, err)
		}
	}
}

func TestExportRefusesWhatIsIncomplete(t *testing.T) {
	s := openTest(t, tempStore(t))
	run := testRun(1)
	run.Complete = false
	put(t, s, run)
	if _, _, err := s.Export(run.ID); err == nil || !strings.Contains(err.Error(), "is incomplete") {
		t.Errorf("got %v", err)
	}
}

func TestImportConflict(t *testing.T) {
	for name, change := range map[string]func(*bench.Run){
		"another profile": func(r *bench.Run) { r.Profile = "other" },
		"another commit":  func(r *bench.Run) { r.Subject.Commit = "aa" },
		"another seed":    func(r *bench.Run) { r.Seed = 7 },
		"other trials":    func(r *bench.Run) { r.Trials[0].Load++ },
		"other notes":     func(r *bench.Run) { r.Notes = []string{"no"} },
		"another state of another run": func(r *bench.Run) {
			r.Verdict, r.Rejudged, r.Digest = "pass", 1, "d2"
		},
	} {
		s := openTest(t, tempStore(t))
		put(t, s, testRun(1))
		run := testRun(1)
		change(run)
		f := fileOf(t, run)
		added, err := importOne(s, f)
		if added || !errors.Is(err, ErrConflict) {
			t.Errorf("%s: added %v, %v; want ErrConflict", name, added, err)
		}
		if got, err := s.Get(run.ID); err != nil || encoded(t, got) != encoded(t, testRun(1)) {
			t.Errorf("%s: the stored run was changed: %v", name, err)
		}
	}
}

// resealed returns a file whose run was changed, with a digest that fits.
func resealed(t *testing.T, change func(run string) string) []byte {
	t.Helper()
	data, err := writeFile([]byte(change(encoded(t, testRun(1)))))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestImportRefuses(t *testing.T) {
	good := fileOf(t, testRun(1))
	replace := func(old, new string) []byte {
		data := bytes.Replace(good.Data, []byte(old), []byte(new), 1)
		if bytes.Equal(data, good.Data) {
			t.Fatalf("%s: nothing was changed", old)
		}
		return data
	}
	inside := func(old, new string) []byte {
		return resealed(t, func(run string) string { return strings.Replace(run, old, new, 1) })
	}
	for _, test := range []struct {
		what, name string
		data       []byte
		want       string
	}{
		{"nothing", good.Name, nil, "not a run"},
		{"other JSON", good.Name, []byte(`{"runs": []}`), "not a run"},
		{"half of it", good.Name, good.Data[:len(good.Data)/2], "not a run"},
		{"two of them", good.Name, slices.Concat(good.Data, good.Data), "not a run"},
		{"newer format", good.Name, replace(`"format":1`, `"format":2`), "newer perfcheck"},
		{"unknown field", good.Name, replace(`"format":1`, `"format":1,"x":0`), "unknown field"},
		{"changed run", good.Name, replace(`"requests":20`, `"requests":21`), "changed after it was exported"},
		{"another digest", good.Name, replace(`"sha256":"`, `"sha256":"0`), "changed after it was exported"},
		{"another name", "20260301T120200-2-run.json", good.Data, "holds the run of 20260301T120100-1-run.json: rename it back"},
		{"another state", "20260301T120100-1-run.pass.json", good.Data, "rename it back"},
		{"unknown field of the run", good.Name, inside(`"profile"`, `"prof":"","profile"`), "unknown field"},
		{"newer run", good.Name, inside(`"schema":2`, `"schema":99`), "newer perfcheck"},
		{"id with a path", good.Name, inside(`"id":"20260301T120100-1-run"`, `"id":"../../x"`), "its id is not"},
		{"id that is hidden", good.Name, inside(`"id":"20260301T120100-1-run"`, `"id":".x"`), "its id is not"},
		{"long id", good.Name, inside(`"id":"20260301T120100-1-run"`, `"id":"`+strings.Repeat("x", 101)+`"`), "its id is not"},
		{"pairing with a path", good.Name, inside(`"profile"`, `"pairing":"../../x","profile"`), "its pairing"},
		{"long pairing", good.Name, inside(`"profile"`, `"pairing":"`+strings.Repeat("x", 101)+`","profile"`), "its pairing"},
		{"numbers of a thinned run", good.Name, inside(`"block":1`, `"block":1,"kept":[{"metric":"p50","value":1}]`), "thinned"},
		{"too many memory floors", good.Name, inside(`"usage":{}`, `"usage":{"memory_floors":[1,1,1,1,1,1,1,1,1]}`), "9 memory floors, want 8"},
		{"escape in the branch", good.Name, inside(`"branch":"main"`, `"branch":"\u001b[2J"`), "control character"},
		{"unknown verdict", good.Name, inside(`"complete":true`, `"complete":true,"verdict":"fine"`), "unknown verdict"},
		{"unknown side", good.Name, inside(`"profile"`, `"side":"left","profile"`), "unknown side"},
		{"incomplete", good.Name, inside(`"complete":true`, `"complete":false`), "is incomplete"},
		{"no id of a known start", good.Name, inside(`"id":"2026`, `"id":"2027`), "does not begin with its start, 20260301T120100"},
		{"judged anew without a verdict", good.Name, inside(`"complete":true`, `"complete":true,"rejudged":1`), "judged anew"},
		{"judged for ever", good.Name, inside(`"complete":true`, `"complete":true,"verdict":"pass","rejudged":10000`), "judged anew 10000 times"},
		{"block 0", good.Name, inside(`"block":1`, `"block":0`), "block 0 comes after block 0"},
		{"block twice", good.Name, inside(`"trials":[`, `"trials":[{"block":1,"started":"2026-03-01T12:00:00Z","generator":{"lag":null}},`), "block 1 comes after block 1"},
		{"requests below zero", good.Name, inside(`"requests":20`, `"requests":-20`), "below zero"},
		{"failures below zero", good.Name, inside(`"requests":20`, `"requests":20,"errors":[{"count":-1}]`), "below zero"},
		{"time below zero", good.Name, inside(`"load_ns":`, `"load_ns":-`), "below zero"},
		{"requests beyond all", good.Name, inside(`"requests":20`, `"requests":9000000000000000000`), "more than anybody can have measured"},
		{"requests beyond all in sum", good.Name, inside(`"requests":20`, `"requests":2000000000000000000,"redirects":2000000000000000000`), "more than anybody can have measured"},
		{"lines", good.Name, inside(`"profile"`, "\n"+`"profile"`), "not on one line"},
		{"no histogram", good.Name, inside(`"latency":"`, `"latency":"A`), "histogram"},
		{"too large", good.Name, append(good.Data, bytes.Repeat([]byte(" "), MaxFileSize)...), "a file may have"},
	} {
		s := openTest(t, tempStore(t))
		added, err := importOne(s, File{Name: test.name, Data: test.data})
		if added || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: added %v, %v; want %q", test.what, added, err, test.want)
		}
	}
}

// One that is refused takes nothing from the others, and each is named.
func TestImportGoesOn(t *testing.T) {
	s := openTest(t, tempStore(t))
	put(t, s, testRun(3))
	conflicting := testRun(3)
	conflicting.Seed++
	files := []File{
		fileOf(t, testRun(1)),
		{Name: "broken.json", Data: []byte("{")},
		fileOf(t, conflicting),
		fileOf(t, testRun(3)),
		fileOf(t, testRun(2)),
	}
	unreadable := errors.New("unreadable")
	done, err := s.Import(func(yield func(File, error) bool) {
		for _, f := range files {
			if !yield(f, nil) {
				return
			}
		}
		yield(File{Name: "gone.json"}, unreadable)
	})
	if err != nil || done.Added != 2 || done.Known != 1 || len(done.Refused) != 3 {
		t.Fatalf("%+v, %v", done, err)
	}
	all := errors.Join(done.Refused...)
	if !errors.Is(all, ErrConflict) || !errors.Is(all, unreadable) || !strings.Contains(all.Error(), `"broken.json": `) {
		t.Error(all)
	}
}

// FuzzImport gives a store whatever file. What it takes must come out again as
// it went in, and leave the store sound.
func FuzzImport(f *testing.F) {
	run := testRun(1)
	data, err := bench.EncodeRun(run)
	if err != nil {
		f.Fatal(err)
	}
	file, err := writeFile(data)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte(`{"perfcheck":"run","format":1,"sha256":"","run":{}}`))
	s, err := Open(filepath.Join(f.TempDir(), "baseline.db"), Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := s.Close(); err != nil {
			f.Error(err)
		}
	})
	// The digest is put right, else nothing that is changed would get past it.
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := readHeader(data); err == nil {
			if data, err = writeFile(h.Run); err != nil {
				return
			}
		}
		added, err := importOne(s, File{Data: data})
		if err != nil {
			return
		}
		found, err := s.List(Filter{})
		if err != nil || !added || len(found) != 1 {
			t.Fatalf("%v, %v, %v", added, found, err)
		}
		name, again, err := s.Export(found[0].ID)
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("came out as another file: %s, %v", again, err)
		}
		if added, err := importOne(s, File{Name: name, Data: again}); added || err != nil {
			t.Fatalf("%s: %v, %v", name, added, err)
		}
		if findings, err := s.Verify(); err != nil || len(findings.Problems) > 0 {
			t.Fatal(findings, err)
		}
		if err := s.Remove(found[0].ID); err != nil {
			t.Fatal(err)
		}
	})
}

// A file that claims much must not take much: neither of memory nor of time.
func TestImportIsBounded(t *testing.T) {
	runs := make(map[string]string)
	for _, element := range []string{"{}", "0", "null", `""`} {
		many := "[" + strings.Repeat(element+",", 1<<16) + element + "]"
		for where, run := range map[string]string{
			"trials": `"trials":` + many,
			"steps":  `"trials":[{"steps":` + many + `}]`,
			"errors": `"trials":[{"steps":[{"errors":` + many + `}]}]`,
			"notes":  `"notes":` + many,
		} {
			runs[where+" "+element] = `{"schema":1,"id":"x",` + run + `}`
		}
	}
	for name, run := range runs {
		data, err := writeFile([]byte(run))
		if err != nil {
			t.Fatal(err)
		}
		allocated := testing.AllocsPerRun(1, func() {
			if _, err := readFile("", data); err == nil || !strings.Contains(err.Error(), "more parts than") {
				t.Errorf("%s: %v", name, err)
			}
		})
		if allocated > 1000 {
			t.Errorf("%s: %v allocations", name, allocated)
		}
	}
}
