package report

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// Every report for people leads to what the services printed.
func TestLogsAreNamed(t *testing.T) {
	c := &compare.Comparison{
		Verdict: compare.Invalid, Base: bench.Subject{Commit: "aaaaaaaa"}, Head: bench.Subject{Commit: "bbbbbbbb"},
		Logs: []string{"logs/p/block-1-base.log", "logs/p/block-1-head.log", "javascript:alert(1)"},
	}
	for _, tt := range []struct {
		write func(io.Writer, *compare.Comparison) error
		want  string
	}{
		{func(w io.Writer, c *compare.Comparison) error { return Text(w, c, TextOptions{}) }, "logs/p/block-1-base.log and 2 more"},
		{Markdown, "`logs/p/block-1-base.log` and 2 more"},
		{HTML, `<a href="logs/p/block-1-head.log">logs/p/block-1-head.log</a>`},
		{HTML, `<a href="#ZgotmplZ">`},
	} {
		var out bytes.Buffer
		if err := tt.write(&out, c); err != nil || !strings.Contains(out.String(), tt.want) {
			t.Errorf("want %q, %v, got:\n%s", tt.want, err, &out)
		}
	}
}
