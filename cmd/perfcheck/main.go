// Command perfcheck tells whether a change made a service slower, hungrier or
// less reliable: it measures both versions side by side and decides by statistics.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/action"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once. The containers and work trees
	// that it leaves, the next start removes.
	context.AfterFunc(ctx, stop)
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		// A terminal that is closed sends more than one.
		ctx, _ = signal.NotifyContext(ctx, syscall.SIGHUP)
	}
	ctx, unread := context.WithCancel(ctx)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // else it ends the process before the clean-up
	os.Exit(run(ctx, os.Args, &stream{os.Stdout, unread}, &stream{os.Stderr, unread}))
}

// run runs one command and returns the process's exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if onGitHub() {
		stderr = action.Guard(stderr) // the service's log must not be taken for commands
	}
	ui := &ui{out: stdout, err: stderr}
	app := newApp(ui)
	err := app.RunContext(ctx, flagsFirst(app, args))
	if err != nil {
		ui.fail(ctx, err)
	}
	return exitCode(err)
}

func newApp(ui *ui) *cli.App {
	app := &cli.App{
		Name:            "perfcheck",
		Usage:           "did this change make our service slower?",
		Version:         version,
		Writer:          ui.out,
		ErrWriter:       ui.err,
		HideHelpCommand: true,
		ExitErrHandler:  func(*cli.Context, error) {},
		Action: func(c *cli.Context) error {
			if !c.Args().Present() {
				return cli.ShowAppHelp(c)
			}
			var names []string
			for _, command := range c.App.Commands {
				names = append(names, command.Name)
			}
			name := c.Args().First()
			return usageErrorf("no command %q: see perfcheck --help%s", name, didYouMean(name, names))
		},
		Commands: []*cli.Command{
			initCommand(ui),
			validateCommand(ui),
			runCommand(ui),
			compareCommand(ui),
			gateCommand(ui),
			publishCommand(ui),
			acceptCommand(ui),
			calibrateCommand(ui),
			reportCommand(ui),
			trendCommand(ui),
			baselineCommand(ui),
			doctorCommand(ui),
			cleanCommand(ui),
		},
	}
	app.OnUsageError = onUsageError
	forEachCommand(app.Commands, func(c *cli.Command) {
		c.OnUsageError = onUsageError
		c.HideHelpCommand = true
		for _, f := range c.Flags {
			if b, ok := f.(*cli.BoolFlag); ok {
				b.DisableDefaultText = true // it is off
			}
		}
	})
	return app
}

// plainUsage says what package flag finds wrong as the rest of perfcheck would.
var plainUsage = strings.NewReplacer(
	"flag provided but not defined: -", "no flag --",
	"flag needs an argument: -", "no value for --",
	"for flag -", "for --",
	": parse error", "",
)

// onUsageError keeps cli from printing its help to stdout before the error.
func onUsageError(c *cli.Context, err error, _ bool) error {
	return usageErrorf("%s: see %s --help", plainUsage.Replace(err.Error()), c.Command.HelpName)
}

func forEachCommand(commands []*cli.Command, do func(*cli.Command)) {
	for _, c := range commands {
		do(c)
		forEachCommand(c.Subcommands, do)
	}
}
