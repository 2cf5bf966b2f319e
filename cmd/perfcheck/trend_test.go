package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/bench/profile"
)

// storeCommits puts a run of one commit a day into the store, on main and on a
// machine that the script names: commits FIRST LAST SLOWER FAST SLOW HOST. The
// days are counted as those of session; the median is FAST before day SLOWER.
func storeCommits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 6 {
		ts.Fatalf("usage: commits FIRST LAST SLOWER FAST SLOW HOST")
	}
	var days [3]int
	for i := range days {
		var err error
		days[i], err = strconv.Atoi(args[i])
		ts.Check(err)
	}
	fast, err := time.ParseDuration(args[3])
	ts.Check(err)
	slow, err := time.ParseDuration(args[4])
	ts.Check(err)
	config, err := profile.Load(filepath.Join(ts.MkAbs("."), "perfcheck.yml"))
	ts.Check(err)
	var runs []*bench.Run
	for day := days[0]; day <= days[1]; day++ {
		latency := fast
		if day >= days[2] {
			latency = slow
		}
		run := quickRun(config.Profiles[0], day, latency)
		run.Subject = bench.Subject{Commit: fmt.Sprintf("c0ffee%02x%032x", day, day), Branch: "main", Title: fmt.Sprintf("Change %d", day)}
		run.Host.CPU = args[5]
		runs = append(runs, run)
	}
	putRuns(ts, runs...)
}

// The commands of docs/trend.md are those of the script, but for where their
// output goes.
func TestTrendPageCommands(t *testing.T) {
	page, err := os.ReadFile("../../docs/trend.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("testdata/script/trend.txtar")
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile(`(?m)^\$ (perfcheck trend[^>\n]*?)(?: > .*)?$`).FindAllSubmatch(page, -1)
	if len(commands) == 0 {
		t.Fatal("the page has no commands")
	}
	for _, c := range commands {
		if !bytes.Contains(script, append([]byte("exits 0 "), append(c[1], '\n')...)) {
			t.Errorf("the script does not run %q", c[1])
		}
	}
}
