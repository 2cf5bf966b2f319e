package action

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// guarded returns what comes out when text is written in pieces of some size.
func guarded(t *testing.T, text string, size int) string {
	t.Helper()
	var out strings.Builder
	w := Guard(&out)
	for len(text) > 0 {
		piece := text[:min(size, len(text))]
		if n, err := io.WriteString(w, piece); n != len(piece) || err != nil {
			t.Fatalf("wrote %d of %d: %v", n, len(piece), err)
		}
		text = text[len(piece):]
	}
	return out.String()
}

func TestGuard(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"GET /search 200: 12::3 [a] #[b] a##b\n", "GET /search 200: 12::3 [a] #[b] a##b\n"},
		{"::error::down\n  ::set-output name=verdict::pass\n", "\\::error::down\n  \\::set-output name=verdict::pass\n"},
		{"busy 10%\r::stop-commands::x", "busy 10%\r\\::stop-commands::x"},
		{"\u00a0\u2003::add-mask::pass\n", "\u00a0\u2003\\::add-mask::pass\n"},
		{"\ufeff::error::x", "\ufeff\\::error::x"},
		{"a ##[error]b ###[warning]c\n", "a ##\\[error]b ###\\[warning]c\n"},
		{":8080 listens\n", "\\:8080 listens\n"},
	} {
		for size := 1; size <= len(tt.text); size++ {
			if got := guarded(t, tt.text, size); got != tt.want {
				t.Errorf("%q in pieces of %d: got %q, want %q", tt.text, size, got, tt.want)
			}
		}
	}
}

func TestGuardPassesErrorsOn(t *testing.T) {
	full := errors.New("no space")
	n, err := Guard(writerFunc(func([]byte) (int, error) { return 0, full })).Write([]byte("::x"))
	if n != 0 || !errors.Is(err, full) {
		t.Errorf("got %d, %v", n, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// Whatever is written, in whatever pieces, no line of it is a command, and
// without the backslashes it is what it was.
func FuzzGuard(f *testing.F) {
	f.Add("::error::x\n##[error]y", 1)
	f.Add("\u2028::set-env name=A::b\r\n\v::debug::c", 3)
	f.Fuzz(func(t *testing.T, text string, size int) {
		got := guarded(t, text, max(size, 1))
		for _, line := range printedLines(got) {
			if c, ok := parseLine(line); ok {
				t.Errorf("%q became the command %+v", text, c)
			}
		}
		if !strings.Contains(text, `\`) && strings.ReplaceAll(got, `\`, "") != text {
			t.Errorf("%q became %q", text, got)
		}
	})
}
