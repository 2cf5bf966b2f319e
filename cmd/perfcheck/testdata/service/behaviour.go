package main

const (
	work     = 300 // hashes for each request
	status   = 200
	ready    = true
	dieAfter = 0 // requests; 0 is never
)
