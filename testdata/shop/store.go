package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// The errors of the store.
var (
	errNotFound          = errors.New("not found")
	errOutOfStock        = errors.New("out of stock")
	errInsufficientFunds = errors.New("insufficient funds")
)

// The buckets of the database. All values are JSON.
var (
	productsBucket  = []byte("products")  // by product ID
	stockBucket     = []byte("stock")     // by product ID
	accountsBucket  = []byte("accounts")  // by account ID
	usersBucket     = []byte("users")     // account ID by user name
	ordersBucket    = []byte("orders")    // by order ID
	transfersBucket = []byte("transfers") // by transfer ID

	buckets = [][]byte{productsBucket, stockBucket, accountsBucket, usersBucket, ordersBucket, transfersBucket}
)

// A store is the shop's database, one file.
type store struct{ db *bbolt.DB }

func openStore(dir string) (*store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "shop.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: time.Second, // for another shop to let go of the file
		// A demo measures the shop's work, not the disk of the machine that
		// it happens to run on; its data may be lost.
		NoSync:         true,
		NoGrowSync:     true,
		NoFreelistSync: true,
		FreelistType:   bbolt.FreelistMapType,
		// Large enough never to be mapped again during a run: that stops all readers.
		InitialMmapSize: 256 << 20,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s := &store{db}
	return s, db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
}

// Path returns the database's file.
func (s *store) Path() string { return s.db.Path() }

func (s *store) Close() error { return s.db.Close() }

// Replace makes the database hold these products and accounts, and nothing else.
func (s *store) Replace(products []product, stock []int64, accounts []account) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if err := tx.DeleteBucket(name); err != nil {
				return err
			}
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		for i, p := range products {
			if err := put(tx, productsBucket, number(uint64(p.ID)), p); err != nil {
				return err
			}
			if err := put(tx, stockBucket, number(uint64(p.ID)), stock[i]); err != nil {
				return err
			}
		}
		for _, a := range accounts {
			if err := put(tx, accountsBucket, []byte(a.ID), a); err != nil {
				return err
			}
			if err := put(tx, usersBucket, []byte(a.User), a.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// Products returns all products in the order of their IDs, and their stock.
func (s *store) Products() (products []product, stock []int64, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(productsBucket).ForEach(func(key, value []byte) error {
			var p product
			if err := json.Unmarshal(value, &p); err != nil {
				return err
			}
			var pieces int64
			if err := get(tx, stockBucket, key, &pieces); err != nil {
				return err
			}
			products, stock = append(products, p), append(stock, pieces)
			return nil
		})
	})
	return products, stock, err
}

// Account finds an account by its ID.
func (s *store) Account(id string) (a account, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		return get(tx, accountsBucket, []byte(id), &a)
	})
	return a, err
}

// AccountOf finds the account of a user.
func (s *store) AccountOf(user string) (a account, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		var id string
		if err := get(tx, usersBucket, []byte(user), &id); err != nil {
			return err
		}
		return get(tx, accountsBucket, []byte(id), &a)
	})
	return a, err
}

// PlaceOrder takes the ordered pieces off the stock, stores the order and
// returns it with its ID.
func (s *store) PlaceOrder(o order) (order, error) {
	err := s.db.Update(func(tx *bbolt.Tx) (err error) {
		for _, l := range o.Lines {
			if err := takeStock(tx, l); err != nil {
				return err
			}
		}
		o.ID, err = nextID(tx, ordersBucket)
		if err != nil {
			return err
		}
		return put(tx, ordersBucket, number(o.ID), o)
	})
	return o, err
}

func takeStock(tx *bbolt.Tx, l line) error {
	key := number(uint64(l.Product))
	var pieces int64
	if err := get(tx, stockBucket, key, &pieces); err != nil {
		return err
	}
	if pieces < l.Quantity {
		return fmt.Errorf("product %d: %w", l.Product, errOutOfStock)
	}
	return put(tx, stockBucket, key, pieces-l.Quantity)
}

// Transfer moves money between two accounts and returns the transfer's ID.
func (s *store) Transfer(from, to string, amount cents) (id uint64, err error) {
	err = s.db.Update(func(tx *bbolt.Tx) error {
		var payer, payee account
		if err := get(tx, accountsBucket, []byte(from), &payer); err != nil {
			return err
		}
		if err := get(tx, accountsBucket, []byte(to), &payee); err != nil {
			return err
		}
		if payer.Balance < amount {
			return errInsufficientFunds
		}
		payer.book(to, -amount)
		payee.book(from, amount)
		if err := put(tx, accountsBucket, []byte(from), payer); err != nil {
			return err
		}
		if err := put(tx, accountsBucket, []byte(to), payee); err != nil {
			return err
		}
		id, err = nextID(tx, transfersBucket)
		if err != nil {
			return err
		}
		return put(tx, transfersBucket, number(id), entry{With: from + " " + to, Amount: amount})
	})
	return id, err
}

// nextID counts the records of a bucket whose keys only grow.
func nextID(tx *bbolt.Tx, bucket []byte) (uint64, error) {
	b := tx.Bucket(bucket)
	b.FillPercent = 1 // half-full pages are for keys that are put in between
	return b.NextSequence()
}

func get(tx *bbolt.Tx, bucket, key []byte, into any) error {
	value := tx.Bucket(bucket).Get(key)
	if value == nil {
		return fmt.Errorf("%s %q: %w", bucket, key, errNotFound)
	}
	return json.Unmarshal(value, into)
}

func put(tx *bbolt.Tx, bucket, key []byte, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return tx.Bucket(bucket).Put(key, text)
}

// number is a key that sorts by its value.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
