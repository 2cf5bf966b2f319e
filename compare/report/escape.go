package report

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// active is in a word that Markdown, or GitHub after it, would make more of than
// text. GitHub looks for most of these in what Markdown has left of it, where an
// escape is no longer seen; it passes by code only.
var active = regexp.MustCompile(`(?i)` + strings.Join([]string{
	"[`*~<|$^\\[\\]\\\\]",           // code, emphasis, HTML, cells, math, links, images, footnotes, escapes
	`[@#]`,                          // @user, @org/team, mail, #12, org/repo#12, org/repo@a1b2c3d
	`(^|[^\pL\pN])_|_($|[^\pL\pN])`, // emphasis; cpu_per_request has none
	`&[#\w]+;`,                      // entities
	`://|www\.`,                     // addresses
	`:[\w+-]+:`,                     // emoji
	`[a-z]-[0-9]|ghsa-`,             // GH-12, JIRA-12, advisories
	`(^|[^0-9a-z])[0-9a-f]{7,40}($|[^0-9a-z])`, // commits
}, "|"))

// opening is a word that at the beginning of a block starts a list, a quotation
// or a line.
var opening = regexp.MustCompile(`^([-+=_]+|[0-9]{1,9}[.)]|>.*)$`)

// prose writes text from outside for a paragraph, an item or a cell, in which it
// is text and nothing else: what could be more becomes code, word by word.
func prose(text string) string {
	words := strings.Fields(clean(text))
	if len(words) == 0 {
		return none
	}
	for i, word := range words {
		if active.MatchString(word) || i == 0 && opening.MatchString(word) {
			words[i] = code(word)
		}
	}
	return strings.Join(words, " ")
}

// code writes text as it is, between more backticks than it has in a row.
func code(text string) string {
	text = strings.Join(strings.Fields(clean(text)), " ")
	if text == "" {
		return none
	}
	ticks := strings.Repeat("`", longestRun(text)+1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " " // of which Markdown takes one off each end
	}
	return ticks + text + ticks
}

// fence writes lines as they are, in a block of code.
func fence(language, text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(clean(line), " ")
	}
	text = strings.Join(lines, "\n")
	ticks := strings.Repeat("`", max(3, longestRun(text)+1)) // of what is left of it
	return ticks + language + "\n" + text + "\n" + ticks + "\n"
}

// longestRun returns how many backticks there are in a row at most.
func longestRun(text string) (longest int) {
	run := 0
	for i := range len(text) {
		if text[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// inCell fits Markdown for a table, whose cells end at a bar, even in code.
func inCell(markdown string) string { return strings.ReplaceAll(markdown, "|", `\|`) }

// inURL encodes the characters that a URL may hold and Markdown would read.
var inURL = strings.NewReplacer("<", "%3C", ">", "%3E", `\`, "%5C", "`", "%60", "|", "%7C", " ", "%20")

// maxURL is how long the address of a page may be, in bytes. Those of GitHub have
// about 100.
const maxURL = 1000

// link writes a link to a page. Text is perfcheck's own.
func link(text, page string) (string, error) {
	if len(page) > maxURL {
		return "", fmt.Errorf("link: the address of the %s has %d bytes, more than %d", text, len(page), maxURL)
	}
	u, err := url.Parse(page)
	if err != nil {
		return "", fmt.Errorf("link: %v", err)
	}
	if u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return "", fmt.Errorf("link: want the http or https address of a page, got %q", page)
	}
	return fmt.Sprintf("[%s](<%s>)", text, inURL.Replace(u.String())), nil
}

// shorten leaves out the middle of a text of more than so many characters, whose
// ends say the most: both of a sentence, and of paths that begin alike.
func shorten(text string, characters int) string {
	runes := []rune(text)
	if len(runes) <= characters {
		return text
	}
	tail := characters / 3
	return string(runes[:characters-tail-1]) + "…" + string(runes[len(runes)-tail:])
}
