package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/perfcheck/perfcheck/baseline"
)

// readStore opens the store of the flags for reading. Nothing is printed
// meanwhile: who reads it slowly would keep all others from writing.
func readStore(c *cli.Context, do func(*baseline.Store) error) error {
	path, err := storeFlag(c)
	if err != nil {
		return err
	}
	store, err := baseline.OpenReadOnly(path, baseline.Options{Version: version})
	if err != nil {
		return err
	}
	return errors.Join(do(store), store.Close())
}

// createStore opens the store of the flags for writing, a new one where there is none.
func createStore(c *cli.Context, do func(*baseline.Store) error) error {
	return writeStore(c, baseline.Options{Version: version}, do)
}

// changeStore opens the store of the flags, which must be there, for writing.
func changeStore(c *cli.Context, do func(*baseline.Store) error) error {
	return writeStore(c, baseline.Options{Version: version, MustExist: true}, do)
}

func writeStore(c *cli.Context, o baseline.Options, do func(*baseline.Store) error) error {
	path, err := storeFlag(c)
	if err != nil {
		return err
	}
	store, err := baseline.Open(path, o)
	if err != nil {
		return err
	}
	return errors.Join(do(store), store.Close())
}

// storeFlag returns the path that --store names, else that of the store beside perfcheck.yml.
func storeFlag(c *cli.Context) (string, error) {
	if path := c.String("store"); path != "" {
		return path, nil
	}
	config, err := loadConfig(c)
	if err != nil {
		return "", err
	}
	return storePath(c, config), nil
}
