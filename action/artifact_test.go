package action

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/perfcheck/perfcheck/action/githubtest"
)

// A packed is a file of an archive.
type packed struct {
	name    string
	content string
	mode    fs.FileMode
}

func pack(t testing.TB, files ...packed) []byte {
	t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, file := range files {
		header := &zip.FileHeader{Name: file.name, Method: zip.Deflate}
		header.SetMode(file.mode)
		entry, err := w.CreateHeader(header)
		if err == nil {
			_, err = entry.Write([]byte(file.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

func reader(t *testing.T, hub *githubtest.Server) *Client {
	t.Helper()
	c, _ := dial(t, hub, hub.Token("actions: read"))
	return c
}

func TestArtifact(t *testing.T) {
	hub := newHub(t)
	want := strings.Repeat("x", 1000)
	for i := range 120 { // more than a page
		hub.AddArtifact(5, githubtest.Artifact{Name: fmt.Sprintf("other-%d", i)})
	}
	day := func(n int) time.Time { return time.Date(2030, 1, n, 0, 0, 0, 0, time.UTC) }
	hub.AddArtifact(5, githubtest.Artifact{Name: "perfcheck", Created: day(3), Archive: pack(t, packed{name: "result.json", content: want})})
	hub.AddArtifact(5, githubtest.Artifact{Name: "perfcheck", Created: day(2), Archive: pack(t, packed{name: "result.json", content: "older"})})
	hub.AddArtifact(5, githubtest.Artifact{Name: "perfcheck-2", Created: day(4)})
	hub.AddArtifact(6, githubtest.Artifact{Name: "perfcheck", Created: day(5)})
	got, err := reader(t, hub).Artifact(t.Context(), 5, "perfcheck", "result.json", 1000)
	if err != nil || string(got) != want {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

func TestArtifactIsNotThere(t *testing.T) {
	hub := newHub(t)
	hub.AddArtifact(5, githubtest.Artifact{Name: "Perfcheck"})
	hub.AddArtifact(6, githubtest.Artifact{Name: "perfcheck", Expired: true})
	gone := hub.AddArtifact(7, githubtest.Artifact{Name: "perfcheck"})
	hub.Inject("GET", fmt.Sprintf("/artifacts/%d/zip", gone), githubtest.Fault{Status: 410, Body: `{"message": "Artifact has expired"}`})
	c := reader(t, hub)
	for run, want := range map[int64]error{4: ErrNoArtifact, 5: ErrNoArtifact, 6: ErrExpired, 7: ErrExpired} {
		if _, err := c.Artifact(t.Context(), run, "perfcheck", "result.json", 1000); !errors.Is(err, want) {
			t.Errorf("run %d: %v, want %v", run, err, want)
		}
	}
}

func TestHostileArtifact(t *testing.T) {
	const limit = 10_000
	result := packed{name: "result.json", content: "{}"}
	for name, test := range map[string]struct {
		archive []byte
		size    int64 // that the list tells; 0 is true
		want    string
	}{
		"a bomb":                    {archive: pack(t, packed{name: "result.json", content: strings.Repeat("0", 100*limit)}), want: "larger than 10000 bytes"},
		"one byte too many":         {archive: pack(t, packed{name: "result.json", content: strings.Repeat("0", limit+1)}), want: "larger than"},
		"a large archive":           {archive: bytes.Repeat([]byte("x"), limit+archiveOverhead+1), want: "is larger than"},
		"a large archive that lies": {archive: bytes.Repeat([]byte("x"), limit+archiveOverhead+1), size: 10, want: "the archive is larger than"},
		"no archive":                {archive: []byte("<html>"), want: "zip"},
		"nothing":                   {archive: pack(t), want: "holds 0 files"},
		"another file":              {archive: pack(t, packed{name: "other.json"}), want: `holds "other.json"`},
		"a second file":             {archive: pack(t, result, packed{name: "event.json"}), want: `holds "event.json"`},
		"the file twice":            {archive: pack(t, result, result), want: "holds 2 files"},
		"a way out":                 {archive: pack(t, packed{name: "../result.json"}), want: `holds "../result.json"`},
		"from the root":             {archive: pack(t, packed{name: "/result.json"}), want: `holds "/result.json"`},
		"a folder":                  {archive: pack(t, packed{name: "result.json/"}), want: `holds "result.json/"`},
		"a link":                    {archive: pack(t, packed{name: "result.json", content: "/etc/passwd", mode: fs.ModeSymlink | 0o777}), want: "no regular file"},
		"a device":                  {archive: pack(t, packed{name: "result.json", mode: fs.ModeDevice}), want: "no regular file"},
		"a command in a name":       {archive: pack(t, packed{name: "x\n::set-env name=PATH::/tmp"}), want: `holds "x\n::set-env`},
		"a broken file":             {archive: broken(pack(t, packed{name: "result.json", content: "0123456789"})), want: "checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			hub := newHub(t)
			hub.AddArtifact(5, githubtest.Artifact{Name: "perfcheck", Archive: test.archive, Size: test.size})
			got, err := reader(t, hub).Artifact(t.Context(), 5, "perfcheck", "result.json", limit)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "artifact perfcheck of run 5") {
				t.Errorf("%d bytes, error %v: want one with %q", len(got), err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("error of several lines: %q", err)
			}
		})
	}
}

// broken changes the checksum that an archive gives for its first file.
func broken(archive []byte) []byte {
	directory := bytes.Index(archive, []byte("PK\x01\x02"))
	archive = bytes.Clone(archive)
	archive[directory+16] ^= 1
	return archive
}

func TestArtifactIsFetchedAgain(t *testing.T) {
	hub := newHub(t)
	hub.AddArtifact(5, githubtest.Artifact{Name: "perfcheck", Archive: pack(t, packed{name: "result.json", content: "{}"})})
	synctest.Test(t, func(t *testing.T) {
		c, said := dial(t, hub, hub.Token("actions: read"))
		hub.Inject("GET", "/zip", githubtest.Broken(), githubtest.SecondaryLimit(time.Second))
		hub.Inject("GET", "/archives/", githubtest.Broken(), githubtest.Fault{})
		got, err := c.Artifact(t.Context(), 5, "perfcheck", "result.json", 1000)
		if err != nil || string(got) != "{}" {
			t.Errorf("got %q, %v", got, err)
		}
		// The address of an archive is a key to it.
		if all := strings.Join(*said, "\n"); len(*said) != 4 || strings.Contains(all, "secret") {
			t.Errorf("said %s", all)
		}
	})
}

func FuzzUnpack(f *testing.F) {
	const limit = 1000
	f.Add(pack(f, packed{name: "result.json", content: "{}"}))
	f.Add(pack(f, packed{name: "result.json", content: strings.Repeat("0", 100_000)}))
	f.Add(pack(f, packed{name: "../result.json", content: "{}"}, packed{name: "result.json", mode: fs.ModeSymlink}))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, archive []byte) {
		content, err := unpack(archive, "result.json", limit)
		if len(content) > limit || (err != nil && content != nil) {
			t.Errorf("%d bytes, %v", len(content), err)
		}
	})
}
