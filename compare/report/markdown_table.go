package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/perfcheck/perfcheck/bench"
	"github.com/perfcheck/perfcheck/compare"
)

// A sheet is Markdown that may not grow beyond its room.
type sheet struct {
	strings.Builder
	room int // bytes
}

// add writes a text, or nothing where there is not room for all of it.
func (s *sheet) add(text string) bool {
	if s.Len()+len(text) > s.room {
		return false
	}
	s.WriteString(text)
	return true
}

// leftOutSize is what a table without rows takes at most, in bytes, beside the
// link to where they are.
const leftOutSize = 500

// telling says that a metric changed, be it as accepted, or that a gate may have
// been exceeded.
func telling(d *compare.Delta) bool {
	return changed(d) || d.Without == compare.Regression || d.Gated && d.Verdict == compare.Inconclusive
}

// changes is the table of what a reviewer has to look at.
func (p *post) changes(room int) string {
	some := p.having(telling)
	if len(some) == 0 {
		return ""
	}
	title := ""
	if p.full {
		title = "### What changed\n\n"
	}
	return title + p.tables(some, room-len(title))
}

// rest is the table of all others.
func (p *post) rest(room int) string {
	some := p.having(func(d *compare.Delta) bool { return !telling(d) })
	if len(some) == 0 {
		return ""
	}
	title := "All metrics: "
	if len(some) < len(p.c.Deltas) {
		title = "All other metrics: "
	}
	title += counted(some)
	return p.fold(title, p.tables(some, room-len(title)-foldSize))
}

// having returns some deltas, in order: those of which the reasons speak as the
// reasons do.
func (p *post) having(keep func(*compare.Delta) bool) []*compare.Delta {
	kept := slices.DeleteFunc(ordered(p.c.Deltas), func(d *compare.Delta) bool { return !keep(d) })
	slices.SortStableFunc(kept, func(a, b *compare.Delta) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(p.toldAt(a), p.toldAt(b)))
	})
	return kept
}

// toldAt is the place of a delta among those of which the reasons speak.
func (p *post) toldAt(d *compare.Delta) int {
	if at, told := p.told[series{d.Profile, d.Key}]; told {
		return at
	}
	return len(p.told)
}

// counted says how many metrics have which verdict: "11 pass, 2 not gated".
func counted(deltas []*compare.Delta) string {
	var words []string
	counts := make(map[string]int)
	for _, d := range deltas {
		word := lookOfDelta(d).word
		if counts[word]++; counts[word] == 1 {
			words = append(words, word)
		}
	}
	for i, word := range words {
		words[i] = fmt.Sprintf("%d %s", counts[word], word)
	}
	return strings.Join(words, ", ")
}

// tables writes deltas by profile, each profile with its table and chart. Rows
// for which there is no room are counted below.
func (p *post) tables(deltas []*compare.Delta, room int) string {
	s := &sheet{room: room - leftOutSize - len(p.elsewhere())}
	var left []*compare.Delta
	for _, group := range byProfile(deltas) {
		shown := 0
		if len(left) == 0 {
			shown = p.table(s, group)
		}
		left = append(left, group[shown:]...)
		if drawn := chart(group[:shown]); drawn != "" {
			s.add("\n" + drawn)
		}
	}
	return join(s.String(), p.leftOut(left))
}

// byProfile splits deltas, keeping their order and that of their profiles.
func byProfile(deltas []*compare.Delta) (groups [][]*compare.Delta) {
	at := make(map[string]int)
	for _, d := range deltas {
		i, known := at[d.Profile]
		if !known {
			i = len(groups)
			at[d.Profile] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], d)
	}
	return groups
}

// table writes as many rows as there is room for, and returns their number.
func (p *post) table(s *sheet, deltas []*compare.Delta) (shown int) {
	head := tableHead
	if manyProfiles(p.c) {
		head = "Profile " + code(shorten(deltas[0].Profile, maxName)) + ":\n\n" + head
	}
	if s.Len() > 0 {
		head = "\n" + head
	}
	for i, d := range deltas {
		if !s.add(head + p.row(d)) {
			return i
		}
		head = ""
	}
	return len(deltas)
}

// The columns that say the most come first: a phone shows three.
const tableHead = "| metric | change | limit | verdict | base | head | noise | sees |\n" +
	"| :-- | --: | --: | :-- | --: | --: | --: | --: |\n"

func (p *post) row(d *compare.Delta) string {
	l := lookOfDelta(d)
	symbol := emoji(d.Verdict)
	if !d.Gated {
		symbol = emoji("")
	}
	texts := []string{
		symbol + " " + metricName(d), moved(d), number(limit(d)), l.word,
		number(value(d, d.Base)), number(value(d, d.Head)),
		number(noise(p.c, d)), number(size(d, d.Seen)),
	}
	for i, text := range texts {
		texts[i] = inCell(text)
	}
	return "| " + strings.Join(texts, " | ") + " |\n"
}

func metricName(d *compare.Delta) string {
	metric := prose(shorten(d.Metric, maxName))
	if d.Step == "" {
		return metric
	}
	return code(shorten(d.Step, maxName)) + " " + metric
}

// moved writes a change above its interval, to keep the table narrow.
func moved(d *compare.Delta) string {
	if d.Blocks == 0 {
		return none
	}
	return "**" + number(change(d)) + "**<br><sub>" + number(interval(d)) + "</sub>"
}

// number writes what is one, unless its unit comes from elsewhere. It does not
// break, lest one goes over two lines.
func number(text string) string {
	return strings.ReplaceAll(prose(shorten(text, maxName)), " ", "\u00a0")
}

// leftOut says how many rows are left out, and where they are.
func (p *post) leftOut(deltas []*compare.Delta) string {
	if len(deltas) == 0 {
		return ""
	}
	return fmt.Sprintf("…and %s for which there is no room (%s): see the %s\n", bench.Count(len(deltas), "metric"), counted(deltas), p.elsewhere())
}

// elsewhere is where all of the comparison is.
func (p *post) elsewhere() string {
	if len(p.links) > 0 {
		return p.links[0]
	}
	return "output of " + code("perfcheck report --format json "+shorten(p.c.ID, maxName))
}
