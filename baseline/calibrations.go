package baseline

import (
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/perfcheck/perfcheck/bench"
)

// A CalibrationKey says what a calibration holds for: measurements of one
// profile, on one machine, with the service run in one way.
type CalibrationKey struct {
	Digest  string     `json:"digest"` // of the profile
	Host    bench.Host `json:"host"`
	Service string     `json:"service"` // compose, process or url
}

// calibrationsBucket holds CalibrationKey as JSON → sealed, compressed JSON.
var calibrationsBucket = []byte("calibrations")

// PutCalibration stores the JSON form of a calibration, in place of an earlier
// one of the same key. When it returns, the calibration is on the disk.
func (s *Store) PutCalibration(k CalibrationKey, calibration json.RawMessage) error {
	if k.Digest == "" || k.Service == "" {
		return errors.New("calibration has no digest or no way of running the service")
	}
	key, err := json.Marshal(k)
	if err != nil {
		return err
	}
	value, err := sealCompressed(key, calibration)
	if err != nil {
		return err
	}
	return s.update(func(tx *bbolt.Tx) error { return tx.Bucket(calibrationsBucket).Put(key, value) })
}

// Calibration returns the latest calibration that was stored with the key. The
// error is [ErrNotFound] where there is none.
func (s *Store) Calibration(k CalibrationKey) (json.RawMessage, error) {
	key, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	var calibration []byte
	err = s.view(func(tx *bbolt.Tx) error {
		value := tx.Bucket(calibrationsBucket).Get(key)
		if value == nil {
			return fmt.Errorf("calibration: %w", ErrNotFound)
		}
		calibration, err = unsealCompressed(key, value)
		return err
	})
	return calibration, err
}
