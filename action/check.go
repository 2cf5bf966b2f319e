package action

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/google/go-github/v60/github"
)

// A Conclusion is what a check run comes to. Neutral and skipped ones let a
// required check pass.
type Conclusion string

const (
	ConclusionSuccess Conclusion = "success"
	ConclusionFailure Conclusion = "failure"
	ConclusionNeutral Conclusion = "neutral"
	ConclusionSkipped Conclusion = "skipped"
)

// A Check is a finished check run.
type Check struct {
	Name        string
	Conclusion  Conclusion
	Title       string
	Summary     string // Markdown
	Text        string // Markdown, below the summary; "" is none
	Annotations []Annotation
	URL         string // of the details; "" is GitHub's own page
	ExternalID  string // by which its maker knows it; "" is none
}

const (
	maxOutput      = 65_535 // characters of a summary, and of a text
	maxAnnotations = 50     // a request
)

// CreateCheck gives a commit a check run. Only the tokens of apps may, that of a
// workflow among them. GitHub shows it below an arbitrary workflow of the commit.
func (c *Client) CreateCheck(ctx context.Context, sha string, check Check) error {
	if err := checkCommit(sha); err != nil {
		return fmt.Errorf("check run %s: %w", check.Name, err)
	}
	if err := check.fits(); err != nil {
		return err
	}
	batches := slices.Collect(slices.Chunk(check.Annotations, maxAnnotations))
	if len(batches) == 0 {
		batches = [][]Annotation{nil}
	}
	id, err := c.createCheck(ctx, check.creation(sha, batches[0]))
	if err != nil {
		return err
	}
	for _, batch := range batches[1:] {
		if err := c.annotate(ctx, id, check, batch); err != nil {
			return err
		}
	}
	return nil
}

func (c Check) fits() error {
	for what, text := range map[string]string{"summary": c.Summary, "text": c.Text} {
		if n := utf8.RuneCountInString(text); n > maxOutput {
			return fmt.Errorf("check run %s: a %s of %d characters is longer than the %d that GitHub takes", c.Name, what, n, maxOutput)
		}
	}
	return nil
}

func (c Check) creation(sha string, first []Annotation) github.CreateCheckRunOptions {
	options := github.CreateCheckRunOptions{
		Name:       c.Name,
		HeadSHA:    sha,
		Status:     github.String("completed"),
		Conclusion: github.String(string(c.Conclusion)),
		Output:     c.output(first),
	}
	if c.URL != "" {
		options.DetailsURL = &c.URL
	}
	if c.ExternalID != "" {
		options.ExternalID = &c.ExternalID
	}
	return options
}

func (c Check) output(batch []Annotation) *github.CheckRunOutput {
	output := &github.CheckRunOutput{Title: &c.Title, Summary: &c.Summary}
	if c.Text != "" {
		output.Text = &c.Text
	}
	for _, a := range batch {
		annotation := &github.CheckRunAnnotation{
			Path:            &a.Path,
			StartLine:       &a.Line,
			EndLine:         &a.Line,
			AnnotationLevel: github.String(string(a.Level)),
			Message:         &a.Message,
		}
		if a.Title != "" {
			annotation.Title = &a.Title
		}
		output.Annotations = append(output.Annotations, annotation)
	}
	return output
}

func (c *Client) createCheck(ctx context.Context, options github.CreateCheckRunOptions) (int64, error) {
	var run *github.CheckRun
	op := operation{doing: fmt.Sprintf("create the check run %s of %s", options.Name, options.HeadSHA), need: "checks: write", once: true}
	err := c.do(ctx, op, func() (err error) {
		run, _, err = c.github.Checks.CreateCheckRun(ctx, c.repository.Owner, c.repository.Name, options)
		return err
	})
	return run.GetID(), err
}

// annotate adds annotations to a check run. Its output is sent again, since it
// would be replaced; annotations alone add up.
func (c *Client) annotate(ctx context.Context, id int64, check Check, batch []Annotation) error {
	options := github.UpdateCheckRunOptions{Name: check.Name, Output: check.output(batch)}
	op := operation{doing: "annotate the check run " + check.Name, need: "checks: write", once: true}
	return c.do(ctx, op, func() error {
		_, _, err := c.github.Checks.UpdateCheckRun(ctx, c.repository.Owner, c.repository.Name, id, options)
		return err
	})
}
