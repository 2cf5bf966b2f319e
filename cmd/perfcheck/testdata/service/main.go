// A service for tests, which behaves as the file behaviour.go says.
package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"sync/atomic"
)

func main() {
	addr := flag.String("addr", ":8080", "listen here")
	flag.Parse()
	log.Printf("listening on %s", *addr)
	var requests atomic.Int64
	http.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		if !ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	http.HandleFunc("GET /work", func(w http.ResponseWriter, _ *http.Request) {
		if n := requests.Add(1); dieAfter > 0 && n > dieAfter {
			log.Print("out of luck")
			os.Exit(7)
		}
		sum := [32]byte{}
		for range work {
			sum = sha256.Sum256(sum[:])
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, "%x", sum)
	})
	log.Fatal(http.ListenAndServe(*addr, nil))
}
