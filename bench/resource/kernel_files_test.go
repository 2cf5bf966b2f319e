package resource

import (
	"reflect"
	"testing"
	"time"

	"github.com/perfcheck/perfcheck/bench"
)

var parsers = map[string]parser{
	"number":     number(addMemory),
	"lines":      lines(memory2),
	"devices":    devices(map[string]adder{"Read": count(bench.DiskRead, 1)}),
	"keys":       keys(map[string]adder{"rbytes": count(bench.DiskRead, 1)}),
	"pressure":   pressure(bench.CPUStall),
	"interfaces": interfaces,
	"stats":      stats,
}

const netDev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     999       9    0    0    0     0          0         0      999       9    0    0    0     0       0          0
  eth0:     290       3    0    0    0     0          0         0       70       1    0    0    0     0       0          0
  eth1:1000000000      3    0    0    0     0          0         0        1       1    0    0    0     0       0          0
`

// engineAnswer is of Docker 20.10 on control groups of version 1, shortened.
const engineAnswer = `{"read":"2026-03-01T12:00:00.5Z","preread":"0001-01-01T00:00:00Z",
"blkio_stats":{"io_service_bytes_recursive":[{"major":259,"minor":0,"op":"Read","value":7},{"op":"Total","value":9}],
"io_serviced_recursive":[{"op":"write","value":2}]},
"cpu_stats":{"cpu_usage":{"total_usage":31120898,"percpu_usage":[28312128,2808770]},"throttling_data":{"throttled_time":5}},
"memory_stats":{"usage":2473984,"stats":{"inactive_file":1,"pgfault":1,"total_inactive_file":1384448,"total_pgfault":1209,"total_pgmajfault":19,"total_rss":573440}},
"networks":{"eth0":{"rx_bytes":376,"tx_bytes":4}}}`

func TestParsers(t *testing.T) {
	for _, tt := range []struct {
		parser, text string
		want         Sample
		fails        bool
	}{
		{"number", "7\n", Sample{Memory: 7}, false},
		{"number", "", Sample{}, true},
		{"number", "max\n", Sample{}, true},
		{"lines", "anonymous 1\nanon 2\nfile 3\npgfault 4", Sample{Memory: 2, Counters: bench.Counters{bench.PageFaults: 4}}, false},
		{"lines", "anon x\n", Sample{}, true},
		{"lines", "anon\n", Sample{}, true},
		{"devices", "8:0 Read 1\n8:1 Read 2\n8:1 Write 4\nTotal 7\n", Sample{Counters: bench.Counters{bench.DiskRead: 3}}, false},
		{"devices", "8:0 Read x\n", Sample{}, true},
		{"keys", "8:0 rbytes=1 wbytes=2\n8:16 rbytes=3\n", Sample{Counters: bench.Counters{bench.DiskRead: 4}}, false},
		{"keys", "8:0 rbytes=x\n", Sample{}, true},
		{"pressure", "some avg10=0.00 total=3\nfull avg10=0.00 total=9\n", Sample{Counters: bench.Counters{bench.CPUStall: 3000}}, false},
		{"pressure", "full avg10=0.00 total=9\n", Sample{}, true},
		{"interfaces", netDev, Sample{Counters: bench.Counters{bench.NetReceived: 1_000_000_290, bench.NetSent: 71}}, false},
		{"interfaces", "eth0: 1 2\n", Sample{}, true},
		{"stats", engineAnswer, Sample{
			Time: time.Date(2026, 3, 1, 12, 0, 0, 500_000_000, time.UTC), CPU: 31120898, Memory: 573440, WorkingSet: 1089536,
			Counters: bench.Counters{bench.Throttled: 5, bench.PageFaults: 1209, bench.MajorFaults: 19,
				bench.DiskRead: 7, bench.DiskWritten: 0, bench.DiskOps: 2, bench.NetReceived: 376, bench.NetSent: 4}}, false},
		{"stats", `{"read":"0001-01-01T00:00:00Z","cpu_stats":{"cpu_usage":{"total_usage":0}}}`, Sample{}, true},
		{"stats", `{"message":`, Sample{}, true},
	} {
		got := Sample{Counters: bench.Counters{}}
		err := parsers[tt.parser]([]byte(tt.text), &got)
		if tt.want.Counters == nil {
			tt.want.Counters = bench.Counters{}
		}
		if (err != nil) != tt.fails || err == nil && !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s of %q:\n got %+v, %v\nwant %+v", tt.parser, tt.text, got, err, tt.want)
		}
	}
}

// No text makes a parser panic, and what is read twice counts twice.
func FuzzParsers(f *testing.F) {
	for name := range parsers {
		for _, text := range []string{"", "7\n", "anon 2\n", "8:0 Read 1\n", "8:0 rbytes=1\n", "some total=3\n", netDev, engineAnswer} {
			f.Add(name, []byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		parse, ok := parsers[name]
		if !ok {
			t.Skip()
		}
		once, twice := Sample{Counters: bench.Counters{}}, Sample{Counters: bench.Counters{}}
		err := parse(text, &once)
		err2 := parse(text, &twice)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("%v and then %v", err, err2)
		}
		if err == nil && parse(text, &twice) != nil || twice.Counters[bench.DiskRead] != once.Counters[bench.DiskRead]*2 && err == nil {
			t.Errorf("once %+v, twice %+v", once, twice)
		}
	})
}
