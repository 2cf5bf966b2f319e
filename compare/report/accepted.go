package report

import (
	"fmt"
	"strings"

	"github.com/perfcheck/perfcheck/compare"
)

// accepted writes what the team accepts of these profiles, and what came of it.
func (p *page) accepted(c *compare.Comparison) {
	if len(c.Accepted) > 0 {
		p.WriteByte('\n')
	}
	for i := range c.Accepted {
		a := &c.Accepted[i]
		p.paragraph(acceptedStyle(a.State), "  accepted: ", acceptedRule(c, a))
		p.paragraph(dim, "    why     ", a.Why)
		p.paragraph(dim, "    effect  ", a.Effect)
	}
}

// acceptedRule says what is accepted, and where that is written.
func acceptedRule(c *compare.Comparison, a *compare.Accepted) string {
	rule := a.Rule
	if manyProfiles(c) {
		rule = "profile " + a.Profile + ": " + rule
	}
	if a.Where != "" {
		rule += " (" + a.Where + ")"
	}
	return rule
}

// acceptedTexts has a line for each accepted slowdown.
func acceptedTexts(c *compare.Comparison) (texts []string) {
	for i := range c.Accepted {
		a := &c.Accepted[i]
		texts = append(texts, acceptedRule(c, a)+"; why: "+a.Why+"; effect: "+a.Effect)
	}
	return texts
}

// maxAccepted is how many accepted slowdowns a comment shows: each has three
// sentences, and the table of changes needs its room.
const maxAccepted = 3

// accepted is the part of a post that tells of accepted slowdowns.
func (p *post) accepted() string {
	var b strings.Builder
	for i := range p.c.Accepted {
		if i == maxAccepted && !p.full {
			fmt.Fprintf(&b, "- and %d more accepted\n", len(p.c.Accepted)-i)
			break
		}
		a := &p.c.Accepted[i]
		fmt.Fprintf(&b, "- 🤝 **accepted** %s<br>%s<br>%s\n", sentence(acceptedRule(p.c, a)), sentence("why: "+a.Why), sentence("effect: "+a.Effect))
	}
	return b.String()
}

// Accepted are the accepted slowdowns.
func (r htmlReport) Accepted() folded { return fold(acceptedTexts(r.c)) }

// acceptedStyle is striking where somebody should do something.
func acceptedStyle(s compare.AcceptedState) style {
	switch s {
	case compare.Exceeded:
		return red
	case compare.Expired:
		return yellow
	default:
		return bold
	}
}

// candidates writes which stored runs the comparison was chosen from.
func (p *page) candidates(c *compare.Comparison) {
	if len(c.Candidates) == 0 {
		return
	}
	p.WriteByte('\n')
	p.line(bold, "Which runs were taken")
	p.field("rule", "of the runs of base's files and of head's, the newest two that are complete and were measured alike, side by side if there are such; "+
		"base's also of a commit as it is, and not a part of a regression")
	for _, r := range c.Candidates {
		verb := " "
		if !r.Taken {
			verb = " not taken: "
		}
		text := r.Run + verb + r.Why
		if manyProfiles(c) {
			text = r.Profile + ": " + text
		}
		p.field(string(r.Side), text)
	}
}
