module github.com/perfcheck/perfcheck

go 1.26

require (
	github.com/HdrHistogram/hdrhistogram-go v1.4.0
	github.com/expr-lang/expr v1.17.8
	github.com/goccy/go-yaml v1.19.2
	github.com/ohler55/ojg v1.28.5
)

require (
	go.etcd.io/bbolt v1.5.0
	gonum.org/v1/gonum v0.17.0
)

require golang.org/x/sys v0.45.0 // indirect
