// Command worker is a service that works for its answers, and leaves garbage. A
// greedy one works on when it has answered, and keeps a part of the garbage.
package main

import (
	"crypto/sha256"
	"flag"
	"log"
	"net/http"
	"runtime"
)

const (
	work    = 1500    // sums of 1 KiB for a request, about 1 ms
	extra   = 160     // more of them once the answer is sent, a tenth of all that a request costs
	leaked  = 5 << 10 // bytes a request: 1 MB/s at 200 requests a second
	garbage = 50 << 10
)

func main() {
	addr := flag.String("addr", ":8080", "where to listen")
	greedy := flag.Bool("greedy", false, "work on, and leak")
	flag.Parse()
	var kept [][]byte
	gate := make(chan struct{}, 1)
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		sum(work)
		runtime.KeepAlive(filled(garbage))
		w.WriteHeader(http.StatusNotFound)
		if !*greedy {
			return
		}
		go func() {
			gate <- struct{}{}
			sum(extra)
			kept = append(kept, filled(leaked))
			runtime.KeepAlive(kept)
			<-gate
		}()
	})
	log.Fatal(http.ListenAndServe(*addr, nil))
}

func sum(times int) {
	block := make([]byte, 1024)
	for range times {
		h := sha256.Sum256(block)
		copy(block, h[:])
	}
}

func filled(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}
