package report

import (
	"io"
	"slices"
	"strings"

	"github.com/perfcheck/perfcheck/compare"
)

// commentLimit is how long a comment may become, in bytes. GitHub takes 65,536
// characters, and whoever posts it adds some.
const commentLimit = 60_000

// CommentOptions are what a comment says beside the comparison. All of it is
// optional.
type CommentOptions struct {
	Suite     string // names the comparison among others of the same commit
	Reproduce string // the command that measures it anew
	Accept    string // what to write or run where the change is wanted; shown where something regressed

	ReportURL string // of the full report
	RunURL    string // of the workflow run

	Unattested bool // measured where nobody vouches for it, as by a fork's workflow
	Limit      int  // bytes; 0 is 60,000
}

// Comment writes a comparison as the body of a comment on a pull request, as
// GitHub renders it: the verdict in the first line, the table of what changed,
// and the rest folded. It stays below its limit whatever was compared: tables
// are cut between two rows, and say what is left out and where it is.
func Comment(w io.Writer, c *compare.Comparison, o CommentOptions) error {
	links, err := o.links()
	if err != nil {
		return err
	}
	limit := o.Limit
	if limit == 0 {
		limit = commentLimit
	}
	p := newPost(c, limit)
	p.o, p.links = o, links
	return p.write(w)
}

// links are those to other pages, the one that says the most first.
func (o CommentOptions) links() (links []string, err error) {
	for _, to := range []struct{ text, page string }{{"full report", o.ReportURL}, {"workflow run", o.RunURL}} {
		if to.page == "" {
			continue
		}
		l, err := link(to.text, to.page)
		if err != nil {
			return nil, err
		}
		links = append(links, l)
	}
	return links, nil
}

// commands says how to measure it again, and how to accept it.
func (p *post) commands() string {
	again, accept := p.o.Reproduce, p.o.Accept
	regressed := func(d compare.Delta) bool { return d.Gated && d.Verdict == compare.Regression }
	if p.c.Verdict != compare.Regression || !slices.ContainsFunc(p.c.Deltas, regressed) { // as where the service died
		accept = ""
	}
	return join(p.fold("How to measure it again", shown("sh", again)), p.fold("How to accept it, where it is wanted", shown("", accept)))
}

// maxCommand is how long a command or a file may be to be shown, in bytes.
const maxCommand = 4000

func shown(language, text string) string {
	if text == "" {
		return ""
	}
	block := fence(language, text)
	if len(block) > maxCommand {
		return "Too long to be shown here.\n"
	}
	return block
}

func (p *post) footer() string {
	if len(p.links) == 0 {
		return ""
	}
	return "<sub>See also: " + strings.Join(p.links, " · ") + "</sub>\n"
}
