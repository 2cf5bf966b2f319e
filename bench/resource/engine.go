package resource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

// Engine returns a meter that asks the container engine, for where the files of
// the control groups are out of reach: in the virtual machine of Docker
// Desktop, say. An answer takes up to some seconds.
func Engine(containers []Container) *Meter {
	m := newMeter()
	m.Coarse = true
	m.Missing = []string{"the service's control groups are out of reach, and its usage was asked of the container engine, " +
		"once a second: peaks of memory between two answers were not seen"}
	for _, c := range containers {
		m.add(c.Name, remote{c})
	}
	return m
}

// remote is a container of which only the engine knows.
type remote struct{ Container }

func (r remote) read(ctx context.Context, s *Sample, _ bool, _ []byte) error {
	text, err := r.Stats(ctx)
	if err == nil {
		err = stats(text, s)
	}
	if err != nil {
		return fmt.Errorf("stats of container %s: %w", r.Name, err)
	}
	return nil
}

func (remote) count() error { return errNoInstructions }
func (remote) close() error { return nil }

// engineStats is what is used of GET /containers/ID/stats of the Engine API.
// It has what the control groups say, by the names of their version.
type engineStats struct {
	Read time.Time `json:"read"`
	CPU  struct {
		Usage struct {
			Total int64 `json:"total_usage"` // ns
		} `json:"cpu_usage"`
		Throttling struct {
			Time int64 `json:"throttled_time"` // ns
		} `json:"throttling_data"`
	} `json:"cpu_stats"`
	Memory struct {
		Usage int64            `json:"usage"`
		Stats map[string]int64 `json:"stats"`
	} `json:"memory_stats"`
	Disk struct {
		Bytes []engineDisk `json:"io_service_bytes_recursive"`
		Ops   []engineDisk `json:"io_serviced_recursive"`
	} `json:"blkio_stats"`
	Networks map[string]struct {
		Received int64 `json:"rx_bytes"`
		Sent     int64 `json:"tx_bytes"`
	} `json:"networks"`
}

type engineDisk struct {
	Op    string `json:"op"`
	Value int64  `json:"value"`
}

var errNoInstructions = errors.New("the container engine does not tell of them")

// errEnded is what the stats of a container that is not running amount to.
var errEnded = errors.New("it is not running")

// stats parses the answer of the Engine API.
func stats(text []byte, s *Sample) error {
	var e engineStats
	if err := json.Unmarshal(text, &e); err != nil {
		return err
	}
	if e.CPU.Usage.Total == 0 {
		return errEnded
	}
	if !e.Read.IsZero() {
		s.Time = e.Read
	}
	s.CPU += time.Duration(e.CPU.Usage.Total)
	s.Counters[bench.Throttled] += e.CPU.Throttling.Time
	s.WorkingSet += e.Memory.Usage
	names := memory2
	if _, ok := e.Memory.Stats["total_rss"]; ok {
		names = memory1
	}
	for name, n := range e.Memory.Stats {
		if add := names[name]; add != nil {
			add(s, n)
		}
	}
	e.disk(s)
	for _, n := range e.Networks {
		s.Counters[bench.NetReceived] += n.Received
		s.Counters[bench.NetSent] += n.Sent
	}
	return nil
}

func (e *engineStats) disk(s *Sample) {
	bytes := map[string]bench.Counter{"read": bench.DiskRead, "write": bench.DiskWritten}
	for _, c := range []bench.Counter{bench.DiskRead, bench.DiskWritten, bench.DiskOps} {
		s.Counters[c] += 0 // without lines, none were counted yet
	}
	for _, d := range e.Disk.Bytes {
		if c, ok := bytes[strings.ToLower(d.Op)]; ok {
			s.Counters[c] += d.Value
		}
	}
	for _, d := range e.Disk.Ops {
		if _, ok := bytes[strings.ToLower(d.Op)]; ok {
			s.Counters[bench.DiskOps] += d.Value
		}
	}
}
