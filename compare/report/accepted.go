package report

import (
	"github.com/perfcheck/perfcheck/compare"
)

// accepted writes what the team accepts of these profiles, and what came of it.
func (p *page) accepted(c *compare.Comparison) {
	if len(c.Accepted) > 0 {
		p.WriteByte('\n')
	}
	for i := range c.Accepted {
		a := &c.Accepted[i]
		rule := a.Rule
		if manyProfiles(c) {
			rule = "profile " + a.Profile + ": " + rule
		}
		if a.Where != "" {
			rule += " (" + a.Where + ")"
		}
		p.paragraph(acceptedStyle(a.State), "  accepted: ", rule)
		p.paragraph(dim, "    why     ", a.Why)
		p.paragraph(dim, "    effect  ", a.Effect)
	}
}

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
