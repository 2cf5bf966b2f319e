package action

import (
	"context"
	"fmt"
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
	Summary     string       // Markdown
	Annotations []Annotation // at most [MaxAnnotations]
	URL         string       // of the details; "" is GitHub's own page
}

// What GitHub takes in one request.
const (
	MaxAnnotations = 50
	MaxTitle       = 255    // characters, of an annotation
	maxSummaryText = 65_535 // characters
)

// CreateCheck gives a commit a check run. Only the tokens of apps may, that of a
// workflow among them. GitHub shows it below an arbitrary workflow of the commit.
func (c *Client) CreateCheck(ctx context.Context, sha string, check Check) error {
	if err := CheckCommit(sha); err != nil {
		return fmt.Errorf("check run %s: %w", check.Name, err)
	}
	if err := check.fits(); err != nil {
		return err
	}
	op := operation{doing: fmt.Sprintf("create the check run %s of %s", check.Name, sha), need: "checks: write", once: true}
	return c.do(ctx, op, func() error {
		_, _, err := c.github.Checks.CreateCheckRun(ctx, c.repository.Owner, c.repository.Name, check.creation(sha))
		return err
	})
}

func (c Check) fits() error {
	if n := utf8.RuneCountInString(c.Summary); n > maxSummaryText {
		return fmt.Errorf("check run %s: a summary of %d characters is longer than the %d that GitHub takes", c.Name, n, maxSummaryText)
	}
	if n := len(c.Annotations); n > MaxAnnotations {
		return fmt.Errorf("check run %s: %d annotations are more than the %d that GitHub takes", c.Name, n, MaxAnnotations)
	}
	return nil
}

func (c Check) creation(sha string) github.CreateCheckRunOptions {
	options := github.CreateCheckRunOptions{
		Name:       c.Name,
		HeadSHA:    sha,
		Status:     github.String("completed"),
		Conclusion: github.String(string(c.Conclusion)),
		Output:     c.output(),
	}
	if c.URL != "" {
		options.DetailsURL = &c.URL
	}
	return options
}

func (c Check) output() *github.CheckRunOutput {
	output := &github.CheckRunOutput{Title: &c.Title, Summary: &c.Summary}
	for _, a := range c.Annotations {
		annotation := &github.CheckRunAnnotation{
			Path:            &a.Path,
			StartLine:       &a.Line,
			EndLine:         &a.Line,
			AnnotationLevel: github.String("failure"),
			Message:         &a.Message,
		}
		if a.Title != "" {
			annotation.Title = &a.Title
		}
		output.Annotations = append(output.Annotations, annotation)
	}
	return output
}
