package baseline

import (
	"encoding/json"
	"errors"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/perfcheck/perfcheck/bench"
)

func TestCalibrations(t *testing.T) {
	s := openTest(t, tempStore(t))
	key := CalibrationKey{Digest: "d1", Host: bench.Host{CPU: "test", Cores: 2}, Service: "process"}
	if _, err := s.Calibration(key); !errors.Is(err, ErrNotFound) {
		t.Errorf("empty store: %v, want ErrNotFound", err)
	}
	for _, want := range []string{`{"n":1}`, `{"n":2}`} { // the second replaces the first
		if err := s.PutCalibration(key, json.RawMessage(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Calibration(key); err != nil || string(got) != want {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}
	for name, change := range map[string]func(*CalibrationKey){
		"profile": func(k *CalibrationKey) { k.Digest = "d2" },
		"machine": func(k *CalibrationKey) { k.Host.Cores = 4 },
		"service": func(k *CalibrationKey) { k.Service = "compose" },
	} {
		other := key
		change(&other)
		if _, err := s.Calibration(other); !errors.Is(err, ErrNotFound) {
			t.Errorf("another %s: %v, want ErrNotFound", name, err)
		}
	}
	if err := s.PutCalibration(CalibrationKey{Service: "process"}, nil); err == nil {
		t.Error("accepted a calibration of no profile")
	}
}

func TestDamagedCalibration(t *testing.T) {
	path := closedStore(t)
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	key := CalibrationKey{Digest: "d1", Service: "process"}
	if err := errors.Join(s.PutCalibration(key, json.RawMessage(`{}`)), s.Close()); err != nil {
		t.Fatal(err)
	}
	change(t, path, func(tx *bbolt.Tx) error {
		b := tx.Bucket(calibrationsBucket)
		k, v := b.Cursor().First()
		return b.Put(append([]byte(nil), k...), append([]byte{v[0] ^ 1}, v[1:]...))
	})
	reader, err := OpenReadOnly(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if _, err := reader.Calibration(key); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}
