package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/action"
	"github.com/perfcheck/perfcheck/compare"
)

// The values of --comment.
const (
	commentAlways   = "always"
	commentOnChange = "on-change"
	commentNever    = "never"
)

// publishOptions are the parsed command line of perfcheck publish.
type publishOptions struct {
	suite    string
	paths    paths
	result   string
	comment  string
	checkRun bool
	pending  bool
	failOn   failOn
	config   string   // as --config says
	profiles []string // as --profile says
	event    *action.Event
	token    string
	login    string // of the token's owner; empty for that of a workflow, or whom GitHub names
}

func publishCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:  "publish",
		Usage: "post what gate found to GitHub: a comment and a commit status",
		Description: "In the job that ran gate it posts what gate wrote. In a workflow that workflow_run starts, for\n" +
			"pull requests from forks, it takes the result from the artifact of the run before, trusts nothing\n" +
			"in it, and decides anew by the perfcheck.yml that is checked out, the default branch's.\n" +
			"Needs GITHUB_TOKEN, with the permissions statuses: write, pull-requests: write, checks: write\n" +
			"(with --check-run) and actions: read (after workflow_run); goes on without what it may not do.\n" +
			"Exit code: 0 whatever the verdict, 2 wrong usage or configuration, 3 could not be posted.",
		Flags: []cli.Flag{configFlag(), profileFlag(),
			&cli.StringFlag{Name: "result", Value: filepath.Join(gateDir, outcomeFile), Usage: "post what gate wrote to `FILE`"},
			&cli.StringFlag{Name: "comment", Value: commentAlways, Usage: "`WHEN` to comment on the pull request: always, on-change (when there is something to say, or was), never"},
			&cli.BoolFlag{Name: "check-run", Usage: "post a check run too, with annotations"},
			&cli.StringFlag{Name: "login", EnvVars: []string{"PERFCHECK_LOGIN"}, Usage: "the token is that of the app whose comments are by `NAME`, as my-app[bot]; needed for tokens of apps other than GitHub Actions"},
			pathsFlag(),
			&cli.BoolFlag{Name: "pending", Usage: "only say that a measurement began"},
			suiteFlag(), failOnFlag(),
		},
		Action: func(c *cli.Context) error {
			o, wrong := parsePublish(c)
			if o.token == "" || o.suite == "" {
				return wrong
			}
			p, err := newPublisher(o, ui)
			switch {
			case err != nil:
				return errors.Join(wrong, err)
			case wrong != nil:
				return errors.Join(wrong, p.refuse(c.Context, wrong))
			}
			return p.run(c)
		},
	}
}

// parsePublish reads first what it takes to post a status, where a mistake in the
// rest is told: else that would stay pending for ever.
func parsePublish(c *cli.Context) (o publishOptions, err error) {
	if o.event, err = githubEvent(); err != nil {
		return o, err
	}
	if o.event == nil {
		return o, usageErrorf("publish posts from GitHub Actions, and GITHUB_ACTIONS is not true here: elsewhere use the files that gate wrote")
	}
	if o.token = os.Getenv("GITHUB_TOKEN"); o.token == "" {
		return o, usageErrorf("GITHUB_TOKEN is empty: set it to ${{ github.token }} in the step's env")
	}
	if o.suite, err = parseSuite(c); err != nil {
		return o, err
	}
	if err := noArguments(c); err != nil {
		return o, err
	}
	o.result, o.checkRun, o.pending, o.login = c.String("result"), c.Bool("check-run"), c.Bool("pending"), c.String("login")
	o.config, o.profiles = c.String("config"), c.StringSlice("profile")
	switch o.comment = c.String("comment"); o.comment {
	case commentAlways, commentOnChange, commentNever:
	default:
		return o, usageErrorf("--comment: want always, on-change or never, got %q", o.comment)
	}
	if o.paths, err = parsePaths(c); err != nil {
		return o, err
	}
	o.failOn, err = parseFailOn(c)
	return o, err
}

// A publisher posts one verdict.
type publisher struct {
	publishOptions
	ui     *ui
	client *action.Client

	session    *session     // nil unless something of the configuration is needed
	pull       *action.Pull // nil where the event is of none
	sha        string       // of the commit that gets the status
	ran        action.RunID // the workflow run that measured
	unattested bool         // the result is from a run of somebody else's code
}

func newPublisher(o publishOptions, ui *ui) (*publisher, error) {
	client, err := action.New(action.Options{
		APIURL: o.event.APIURL, Token: o.token, Repository: o.event.Repository, Login: o.login,
		Say: func(text string) { ui.say("%s", text) },
	})
	if err != nil {
		return nil, err
	}
	return &publisher{publishOptions: o, ui: ui, client: client, pull: o.event.Pull, sha: o.event.Reported(), ran: o.event.Measured()}, nil
}

// silent says why there is nothing to post, whatever was found; it is empty where
// there may be.
func (p *publisher) silent() string {
	switch w := p.event.WorkflowRun; {
	case w != nil && w.Event != "pull_request":
		return fmt.Sprintf("the run before was of a %s, which posts for itself", w.Event)
	case p.pull != nil && p.pull.Fork:
		return "this pull request is from a fork, whose workflows may not post: the workflow that workflow_run starts does"
	}
	return ""
}

// refuse says by the status that the step itself is wrong.
func (p *publisher) refuse(ctx context.Context, wrong error) error {
	if p.silent() != "" {
		return nil
	}
	return p.may(p.client.SetStatus(ctx, p.sha, p.status(action.StateError, wrong.Error())))
}

func (p *publisher) run(c *cli.Context) error {
	if why := p.silent(); why != "" {
		p.ui.say("%s", why)
		return nil
	}
	if p.event.WorkflowRun != nil {
		return p.second(c)
	}
	if p.pending {
		return p.postPending(c.Context)
	}
	result, err := p.found()
	if err == nil && p.checkRun {
		p.session, err = openSession(c, p.ui)
	}
	if err != nil {
		result = p.unread(err)
	}
	return errors.Join(err, p.post(c.Context, result))
}

// found returns what gate wrote in this job.
func (p *publisher) found() (*compare.Comparison, error) {
	f, err := os.Open(p.result)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("gate wrote none: see the log of its step")
	}
	if err != nil {
		return nil, err
	}
	o, err := p.outcome(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return o.comparison()
}

// outcome reads an outcome of this suite, of the run and the commit that it is posted for.
func (p *publisher) outcome(r io.Reader) (*outcome, error) {
	o, err := readOutcome(r)
	if err != nil {
		return nil, err
	}
	if o.Suite != p.suite {
		return nil, fmt.Errorf("%s: it is of suite %.64q, and --suite says %q", outcomeFile, o.Suite, p.suite)
	}
	return o, o.of(p.sha, p.ran)
}
