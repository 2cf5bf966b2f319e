package service

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/perfcheck/perfcheck/bench/profile"
)

// Detect chooses how to run the service, and says why where that is not plain
// from the configuration. A service that runs already is used as it is; a
// compose file is preferred to a command where an engine and a compose command
// answer. With want not empty the answer is want or an error.
func Detect(ctx context.Context, c profile.Service, want Mode) (mode Mode, why string, err error) {
	switch {
	case want != "":
		mode, why = want, "as asked"
	case c.URL != "":
		mode = URL
	case len(c.Compose) > 0:
		return composeOrProcess(ctx, c)
	case len(c.Command) > 0:
		mode = Process
	default:
		return "", "", errors.New("perfcheck.yml does not say how to run the service: give service.compose, service.command or service.url")
	}
	if err := usable(ctx, c, mode); err != nil {
		return "", "", err
	}
	return mode, why, nil
}

func composeOrProcess(ctx context.Context, c profile.Service) (mode Mode, why string, err error) {
	err = usable(ctx, c, Compose)
	switch {
	case err == nil:
		return Compose, "", nil
	case len(c.Command) == 0 || ctx.Err() != nil:
		return "", "", fmt.Errorf("%w; or give service.command, which needs no containers", err)
	}
	return Process, fmt.Sprintf("%v; running service.command as a local process", err), nil
}

// Engine returns the container engine and the compose command of this machine by
// their versions, or why there is none that perfcheck can use.
func Engine(ctx context.Context) (engine, compose string, err error) {
	e, err := dial(ctx)
	if err != nil {
		return "", "", err
	}
	_, compose, err = findCompose(ctx)
	return e.version, "compose " + strings.TrimPrefix(compose, "v"), errors.Join(err, e.Close())
}

// usable says what keeps the service from being run in mode m.
func usable(ctx context.Context, c profile.Service, m Mode) error {
	if err := Configured(c, m); err != nil || m != Compose {
		return err
	}
	e, err := connect(ctx)
	if err != nil {
		return err
	}
	return e.Close()
}

// Configured returns a [ConfigError] that says what mode m lacks in the
// configuration, or nil.
func Configured(c profile.Service, m Mode) error {
	if problem := lacks(c, m); problem != "" {
		return &ConfigError{errors.New(problem)}
	}
	return nil
}

// lacks says in words what mode m needs and the configuration has not.
func lacks(c profile.Service, m Mode) string {
	switch m {
	case Compose:
		if len(c.Compose) == 0 {
			return "perfcheck.yml has no service.compose: name the compose file there"
		}
		if c.Target.Service == "" || c.Target.Port == 0 {
			return "perfcheck.yml has no service.target: name the compose service and its port there, as in api:8080"
		}
	case Process:
		if len(c.Command) == 0 {
			return "perfcheck.yml has no service.command: give the program and its arguments there, with ${PORT} for the port"
		}
	case URL:
		if c.URL == "" {
			return "perfcheck.yml has no service.url: give the http://host:port or https://host:port of the running service there"
		}
	default:
		return fmt.Sprintf("no way %q to run a service: there are %s, %s and %s", m, Compose, Process, URL)
	}
	return ""
}
