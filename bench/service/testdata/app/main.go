// Command app is a service that does what a test tells it to.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"time"
)

func main() {
	addr := flag.String("addr", ":8080", "where to listen")
	exit := flag.Int("exit", -1, "exit with this code at once")
	eat := flag.Bool("eat", false, "use memory until killed")
	mark := flag.String("mark", "", "file to create; it must not exist")
	await := flag.String("await", "", "file to wait for")
	fetch := flag.String("fetch", "", "URL that must answer")
	child := flag.Bool("child", false, "listen in a child process")
	sleep := flag.Duration("sleep", 0, "do nothing for so long first")
	flag.Parse()
	time.Sleep(*sleep)

	log.SetFlags(0)
	log.Printf("app starts as %s", os.Getenv("NAME"))
	switch {
	case *exit >= 0:
		log.Printf("app exits with %d", *exit)
		os.Exit(*exit)
	case *eat:
		for eaten := [][]byte{}; ; {
			page := make([]byte, 1<<20)
			for i := range page {
				page[i] = 1
			}
			eaten = append(eaten, page)
		}
	case *fetch != "":
		get(*fetch)
		return
	case *child:
		c := exec.Command(os.Args[0], "-addr", *addr)
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
		log.Fatal(c.Run())
	}
	if *mark != "" {
		f, err := os.OpenFile(*mark, os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			log.Fatal(err)
		}
		f.Close()
	}
	for _, err := os.Stat(*await); *await != "" && err != nil; _, err = os.Stat(*await) {
		time.Sleep(10 * time.Millisecond)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %d", os.Getenv("NAME"), os.Getpid())
	})
	http.HandleFunc("/exit", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.FormValue("code"))
		log.Printf("app exits with %d", code)
		os.Exit(code)
	})
	log.Fatal(http.ListenAndServe(*addr, nil))
}

func get(url string) {
	res, err := http.Get(url)
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(os.Stdout, res.Body); err != nil {
		log.Fatal(err)
	}
}
