package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// markdownLimit is how long a full report may become, in bytes: GitHub takes 1 MiB
// for the summary of a step, which may hold more than this report.
const markdownLimit = 1_000_000

// Markdown writes the full report of a comparison, as GitHub and GitLab render
// it: what is in a comment, with nothing folded, and how each metric was decided.
func Markdown(w io.Writer, c *compare.Comparison) error {
	p := newPost(c, markdownLimit)
	p.full = true
	return p.write(w)
}

// A post is a comparison in Markdown. It has parts of two kinds: those that are
// short whatever was compared, and the tables, which share the room that is left.
type post struct {
	c     *compare.Comparison
	o     CommentOptions
	limit int            // bytes
	full  bool           // nothing is folded
	links []string       // to other pages, in Markdown
	told  map[series]int // the place of a delta among those of which the reasons speak
}

type series struct {
	profile string
	key     bench.Key
}

func newPost(c *compare.Comparison, limit int) *post {
	p := &post{c: c, limit: limit, told: make(map[series]int)}
	for i, d := range c.Told() {
		p.told[series{d.Profile, d.Key}] = i
	}
	return p
}

// The most that is shown of what is as long as others made it, such that even
// text that is all markup leaves room for the table of changes.
const (
	maxSentence  = 240 // characters
	maxTitle     = 120
	maxName      = 60
	maxItems     = 5   // of a list
	maxFullItems = 100 // in a full report
)

func (p *post) write(w io.Writer) error {
	first := join(p.verdict(), p.unattested(), p.compared())
	doubts := p.accepted() + p.needs() + p.warnings()
	last := join(p.measured(), p.commands(), p.footer())
	room := p.limit - len(first) - len(doubts) - len(last) - separators
	reserve := leftOutSize + len(p.elsewhere()) // for either table of metrics
	if room < 2*reserve {
		return fmt.Errorf("comparison %q: %d bytes are too few for a report, which needs %d", p.c.ID, p.limit, p.limit-room+2*reserve)
	}
	changes := p.changes(room - reserve)
	room -= len(changes)
	load := p.load((room - reserve) / 2)
	room -= len(load)
	share := room
	if p.full {
		share /= 2 // and the other half to explain
	}
	rest := p.rest(share)
	how := p.explained(room - len(rest))
	_, err := io.WriteString(w, join(first, changes, doubts, rest, load, how, last))
	return err
}

// separators is at least what join puts between the parts of a post, in bytes.
const separators = 16

// join puts an empty line between those parts that are not empty. Each ends with
// the end of a line.
func join(parts ...string) string {
	var some []string
	for _, part := range parts {
		if part != "" {
			some = append(some, part)
		}
	}
	return strings.Join(some, "\n")
}

// fold hides a part behind its title, or in a full report puts it below. The
// title is perfcheck's own.
func (p *post) fold(title, body string) string {
	switch {
	case body == "":
		return ""
	case p.full:
		return "### " + title + "\n\n" + body
	}
	return foldAlways(title, body)
}

func foldAlways(title, body string) string {
	return "<details>\n<summary>" + title + "</summary>\n\n" + body + "\n</details>\n"
}

// foldSize is at least what fold adds to a body, beside the title.
const foldSize = 64

func emoji(v compare.Verdict) string {
	switch v {
	case compare.Pass:
		return "✅"
	case compare.Improvement:
		return "🚀"
	case compare.Regression:
		return "❌"
	case compare.Inconclusive:
		return "❓"
	case compare.Invalid:
		return "⛔"
	case compare.Skipped:
		return "⏭️"
	}
	return "➖"
}

// verdict is the first line, and the reasons that no table shows.
func (p *post) verdict() string {
	word := lookOf(p.c.Verdict).word
	line := emoji(p.c.Verdict) + " **" + strings.ToUpper(word[:1]) + word[1:] + "**"
	if p.o.Suite != "" {
		line += " in " + code(shorten(p.o.Suite, maxName))
	}
	if len(p.c.Reasons) == 0 {
		return line + "\n"
	}
	told := max(1, len(p.told))
	return join(line+": "+sentence(p.c.Reasons[0])+"\n", p.items("", p.c.Reasons[min(told, len(p.c.Reasons)):]))
}

func sentence(text string) string { return prose(shorten(text, maxSentence)) }

// items lists sentences, each behind a mark.
func (p *post) items(mark string, texts []string) string {
	most := maxItems
	if p.full {
		most = maxFullItems
	}
	var b strings.Builder
	for i, text := range texts {
		if i == most {
			fmt.Fprintf(&b, "- and %d more\n", len(texts)-i)
			break
		}
		b.WriteString("- " + mark + sentence(text) + "\n")
	}
	return b.String()
}

func (p *post) unattested() string {
	if !p.o.Unattested {
		return ""
	}
	return "⚠️ **Unattested**: measured by a workflow that the pull request itself could change, so the numbers are as good as its author's word.\n"
}

func (p *post) compared() string {
	return "**base** " + side(p.c.Base) + "<br>**head** " + side(p.c.Head) + "\n"
}

var isCommit = regexp.MustCompile(`^[0-9a-f]{7,40}$`)

// side names one side of a comparison.
func side(s bench.Subject) string {
	text := s.String()
	if !isCommit.MatchString(text) { // which GitHub links where it knows it
		text = code(text)
	}
	if s.Title != "" {
		text += " " + prose(shorten(s.Title, maxTitle))
	}
	if s.Branch != "" {
		text += " on " + code(shorten(s.Branch, maxName))
	}
	if s.Dirty {
		text += ", with uncommitted changes"
	}
	return text
}

// needs says of each undecided metric what would decide it.
func (p *post) needs() string {
	if p.c.Verdict != compare.Inconclusive && !p.full {
		return ""
	}
	var texts []string
	for _, f := range needs(p.c) {
		texts = append(texts, shorten(f.Name, maxName)+": "+f.Text)
	}
	return p.items("", texts)
}

func (p *post) warnings() string { return p.items("⚠️ ", p.c.Warnings) }
