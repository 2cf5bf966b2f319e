# One target a habit; `make` lists them.

VERSION   = $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
HEAD     ?= n-plus-one
FUZZTIME ?= 10s

# A git hook that runs make has them, and what is tested has other repositories.
unexport $(shell git rev-parse --local-env-vars 2>/dev/null)

# The go command leaves testdata out of ./..., with the tests that are there.
PACKAGES = ./... $(if $(wildcard testdata/*.go),./testdata ./testdata/peers/...)
SHOP     = testdata/shop
# They start no goroutine, as house_test.go holds: the race detector has nothing to find there.
ALONE    = ./bench ./bench/hist ./bench/load ./bench/profile ./compare/...
TOOL     = go tool -modfile=.ci/tools/go.mod

# By default whatever the race detector is built into ends a second late.
export GORACE = atexit_sleep_ms=0

.DEFAULT_GOAL = help
.PHONY: help build test test-long lint demo action-test selfcheck simulate bench bench-load fuzz clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

build: ## build bin/perfcheck, one static binary
	CGO_ENABLED=0 go build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/perfcheck ./cmd/perfcheck

test: lint build ## check and test all but what takes long; with CI=true no missing tool is forgiven
	go test -race -short -timeout 20m $$(go list $(PACKAGES) | grep -vFx "$$(go list $(ALONE))" | sort -r) # cmd, which waits most, begins first
	go test $(ALONE)
	$(if $(wildcard $(SHOP)/go.mod),go -C $(SHOP) test ./...)

test-long: build ## the tests that take a minute each: killed perfchecks and writers, clashing copies, leaks, the shop
	go test -race -timeout 20m ./cmd/perfcheck -run '^Test(Killed|Clashing)$$'
	go test -race ./bench/runner -run '^TestGreed$$'
	go test -race ./baseline -run '^TestKill'
	go test ./testdata -run '^TestSelfcheck$$' -selfcheck ../bin/perfcheck

lint: ## check format, go vet and staticcheck
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "not formatted by gofmt:" $$unformatted >&2; exit 1; }
	go vet $(PACKAGES)
	$(TOOL) staticcheck $(PACKAGES)

demo: build ## measure the demo shop with a patch, HEAD=n-plus-one; HEAD=none changes nothing
	HEAD=$(HEAD) testdata/demo.sh bin/perfcheck

action-test: ## run the documented workflows, with a GitHub beside them; 4 minutes
	cd .ci/act && go build -o ../../bin/ github.com/nektos/act github.com/rhysd/actionlint/cmd/actionlint
	go test ./action -run '^Test(Workflows|WorkflowFiles)$$' -v -timeout 20m -act ../bin/act -actionlint ../bin/actionlint

selfcheck: build ## compare the shop with each of its changes, over and over, for docs/verdict.md; 2 hours
	go test ./testdata -run '^TestSelfcheck$$' -v -timeout 0 -selfcheck ../bin/perfcheck -selfcheck-rounds 20
	go test ./testdata -run Selfcheck -update

bench: ## benchmark perfcheck's own packages
	go test -run '^$$' -bench . -benchmem $(PACKAGES)

bench-load: ## measure the load engine beside wrk, k6 and others, for docs/benchmarks.md; 20 minutes of a quiet machine
	testdata/peers/install.sh bin/peers
	PATH="$(CURDIR)/bin/peers:$$PATH" go test ./testdata/peers -run '^TestPeers$$' -v -timeout 0 -peers recorded.json
	go test ./testdata/peers -run Tables -update

simulate: ## try the verdict and the trend on made-up measurements, for docs/verdict.md and docs/trend.md; 20 minutes
	go test ./compare -run 'TestSimulate$$' -v -simulate 2000 -timeout 3h
	go test ./compare -run TestSimulated -update
	go test ./compare/stats -run SimulateTrend -simulate 1000 -timeout 1h

fuzz: ## fuzz each parser for FUZZTIME=10s
	@set -e; for package in $$(go list $(PACKAGES)); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

clean: ## remove what was built
	rm -rf bin
