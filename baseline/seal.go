package baseline

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// bbolt checks only its own meta pages, so every value of the store starts with
// the CRC-32C of its key and the rest of it: what was changed on the disk is
// found when it is read, and never taken for a measurement.
const sealSize = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(key, data []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, data)
}

func seal(key, data []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, checksum(key, data)), data...)
}

func unseal(key, value []byte) ([]byte, error) {
	if len(value) < sealSize || binary.BigEndian.Uint32(value) != checksum(key, value[sealSize:]) {
		return nil, fmt.Errorf("%w: %q does not match its checksum", ErrDamaged, key)
	}
	return value[sealSize:], nil
}

// sealCompressed is seal for what is large. Most of a run is histograms that
// are compressed already, so more effort than the fastest gains little.
func sealCompressed(key, data []byte) ([]byte, error) {
	var buf bytes.Buffer
	w, err := flate.NewWriter(&buf, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return seal(key, buf.Bytes()), nil
}

func unsealCompressed(key, value []byte) ([]byte, error) {
	compressed, err := unseal(key, value)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(flate.NewReader(bytes.NewReader(compressed)))
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %v", ErrDamaged, key, err)
	}
	return data, nil
}
