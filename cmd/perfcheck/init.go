package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/bench/profile"
	"github.com/perfcheck/perfcheck/bench/service"
)

func initCommand(ui *ui) *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "write a commented perfcheck.yml from a compose file",
		ArgsUsage: "[COMPOSE-FILE...]",
		Description: "Writes perfcheck.yml into this folder, where there is none. The compose file is the\n" +
			"one that compose would take, and the service that gets the load the one that publishes\n" +
			"a port; of several the one that is built here.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "target", Usage: "put the load on `SERVICE:PORT` of the compose file, the port inside its container"},
		},
		Action: func(c *cli.Context) error {
			if err := noConfigHere(); err != nil {
				return &exitError{exitUsage, err}
			}
			described, problems, err := describe(c)
			if err != nil {
				return &exitError{exitUsage, err}
			}
			if err := writeNew(configName, profile.Starter(described)); err != nil {
				return err
			}
			if _, err := loadConfig(c); err != nil {
				return fmt.Errorf("what init wrote needs a correction: %w", err)
			}
			if problems != nil {
				ui.warn("before it can be measured: %v", problems)
			}
			_, err = fmt.Fprintf(ui.out, "wrote %s: the load goes to %s of %s\n"+
				"next: write into it what your users ask for; then perfcheck doctor, and perfcheck run\n",
				configName, targetName(described.Target), strings.Join(described.Compose, ", "))
			return err
		},
	}
}

// configName is what init calls the file that it writes.
const configName = "perfcheck.yml"

// noConfigHere refuses a folder that has a configuration. One above it is another's.
func noConfigHere() error {
	found, err := profile.Find(".")
	if errors.Is(err, profile.ErrNoConfig) {
		return nil
	}
	here, failed := filepath.Abs(".")
	if err == nil && failed == nil && filepath.Dir(found) == here {
		err = fmt.Errorf("%s is there, and init overwrites nothing", found)
	}
	return errors.Join(err, failed)
}

// describe makes the service of perfcheck.yml from what compose knows, and says
// what stands in the way of running it twice.
func describe(c *cli.Context) (s profile.Service, problems, err error) {
	s.Compose = c.Args().Slice()
	if len(s.Compose) == 0 {
		file, err := service.FindCompose(".")
		if err != nil {
			return s, nil, fmt.Errorf("%w; name one, or write perfcheck.yml by hand with service.command or service.url", err)
		}
		s.Compose = []string{file}
	}
	offers, check, err := service.Offers(c.Context, ".", s.Compose)
	if err != nil {
		return s, nil, err
	}
	chosen, err := chooseOffer(offers, c.String("target"))
	if err != nil {
		return s, nil, err
	}
	s.Target, s.Ready.Get = chosen.Target, chosen.Health
	return s, check(s.Target), nil
}

// chooseOffer returns the target that --target names, else the only one that there is,
// or of those that are built here.
func chooseOffer(offers []service.Offer, name string) (service.Offer, error) {
	if name != "" {
		return namedOffer(offers, name)
	}
	if built := builtOf(offers); len(offers) > 1 && len(built) > 0 {
		offers = built
	}
	var names []string
	for _, o := range offers {
		names = append(names, targetName(o.Target))
	}
	switch len(offers) {
	case 1:
		return offers[0], nil
	case 0:
		return service.Offer{}, errors.New("no service of the compose file publishes a port: name one by --target, as in --target api:8080")
	default:
		return service.Offer{}, fmt.Errorf("several ports are published: choose one by --target: %s", strings.Join(names, ", "))
	}
}

func targetName(t profile.Target) string { return t.Service + ":" + strconv.Itoa(t.Port) }

func builtOf(offers []service.Offer) (built []service.Offer) {
	for _, o := range offers {
		if o.Built {
			built = append(built, o)
		}
	}
	return built
}

// namedOffer returns the target of that name, which need not be published.
func namedOffer(offers []service.Offer, name string) (service.Offer, error) {
	for _, o := range offers {
		if targetName(o.Target) == name {
			return o, nil
		}
	}
	host, digits, _ := strings.Cut(name, ":")
	port, err := strconv.Atoi(digits)
	if host == "" || err != nil || port < 1 || port > 65535 {
		return service.Offer{}, fmt.Errorf("--target: want the compose service and its port, as in api:8080, got %q", name)
	}
	return service.Offer{Target: profile.Target{Service: host, Port: port}}, nil
}

// writeNew writes a file that is not there yet.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return usageErrorf("%s is there, and init overwrites nothing", path)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
