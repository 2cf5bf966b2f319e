package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/perfcheck/perfcheck/compare"
)

// accepted writes what the team accepts of these profiles, and what came of it.
func (p *page) accepted(c *compare.Comparison) {
	if len(c.Accepted) > 0 {
		p.WriteByte('\n')
	}
	for _, a := range acceptedOf(c) {
		p.paragraph(acceptedStyle(a.State), "  accepted: ", acceptedRule(c, a))
		p.paragraph(dim, "    why     ", a.Why)
		p.paragraph(dim, "    effect  ", a.Effect)
	}
}

// acceptedOf returns the accepted slowdowns, those that somebody should know of first.
func acceptedOf(c *compare.Comparison) []*compare.Accepted {
	all := make([]*compare.Accepted, len(c.Accepted))
	for i := range c.Accepted {
		all[i] = &c.Accepted[i]
	}
	order := []compare.AcceptedState{compare.Exceeded, compare.Used, compare.Expired, compare.Unused}
	slices.SortStableFunc(all, func(a, b *compare.Accepted) int {
		return cmp.Compare(slices.Index(order, a.State), slices.Index(order, b.State))
	})
	return all
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
	for _, a := range acceptedOf(c) {
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
	for i, a := range acceptedOf(p.c) {
		if i == maxAccepted && !p.full {
			fmt.Fprintf(&b, "- and %d more accepted\n", len(p.c.Accepted)-i)
			break
		}
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
