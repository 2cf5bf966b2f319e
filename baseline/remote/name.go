package remote

import (
	"fmt"
	"regexp"
)

// MaxSize is the most bytes that a file may have.
const MaxSize = 32 << 20

// maxFiles is the most files that are listed: far more than a team measures.
const maxFiles = 1_000_000

var (
	namePattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,199}\.json$`)
	dated        = regexp.MustCompile(`^[0-9]{6}`)
	shardPattern = regexp.MustCompile(`^([0-9]{4}-[0-9]{2}|` + undated + `)$`)
)

// undated is the folder of files whose names begin with no month.
const undated = "undated"

// ValidName says whether a file may have the name: ASCII letters, digits, dots,
// underscores and hyphens, no dot first, .json last.
func ValidName(name string) bool { return namePattern.MatchString(name) }

// shard returns the folder of a file: 2026-11 for one whose name begins with 202611.
func shard(name string) string {
	if !dated.MatchString(name) {
		return undated
	}
	return name[:4] + "-" + name[4:6]
}

func filePath(name string) string { return shard(name) + "/" + name }

// strangers collects what is found at a remote and is no file of a run.
type strangers struct {
	first string
	n     int
}

func (s *strangers) add(what string) {
	if s.n == 0 {
		s.first = what
	}
	s.n++
}

// tell says, in one sentence, what was left alone.
func (s *strangers) tell(log func(string)) {
	// Quoted: whoever may write there chooses the name.
	switch what := fmt.Sprintf("%.100q", s.first); s.n {
	case 0:
	case 1:
		log(what + " is no file of a run and was left alone")
	default:
		log(fmt.Sprintf("%s and %d more are no files of runs and were left alone", what, s.n-1))
	}
}
