# Everything is Go, and `make` alone says what there is to do.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# The programs are pure Go, so that one build serves every machine of a kind.
export CGO_ENABLED := 0

# Only `make build` stamps the commit: git refuses to tell it where the clone
# belongs to somebody else, and nothing else here needs it.
export GOFLAGS := $(shell go env GOFLAGS 2>/dev/null) -buildvcs=false

# The tools are pinned in a module of their own, apart from the program's.
TOOL := go tool -modfile=internal/tools/go.mod

# Packages whose goroutines meet: they run a second time under the race detector.
# Rules by themselves, of which nothing runs beside anything: the detector takes ten
# times as long over them and has nothing to find.
RACE_SKIP := ^(TestAPack|TestAPlan|TestANewPlan|TestAMeasureThatAPlan|TestTheOfficesOwnPack|TestKeysOfPacks|TestNothingLeavesWhenAPack|TestWhatAPack|TestProve|TestInvariant|TestNoAttempt|TestTheLimitsAre|TestEachCheck|TestARefusalThat)
RACE := $(wildcard hub/ingest node/egress internal/broker internal/pace internal/sqlite)

# How long a fuzzer works on each target.
FUZZTIME ?= 20s

.PHONY: help
help: ## say what there is to do
	@echo "usage: make TARGET"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do printf '  %-12s %s\n' "$$name" "$$text"; done

.PHONY: demo
demo: ## run a hub and five offices with two years of synthetic casework (ARGS=--once: check and leave)
	@deploy/dev/install postgresql
	@mkdir -p bin
	@echo "building (the first time takes a few minutes)"
	@go build -o bin/casehub-demo ./cmd/casehub-demo
	@exec bin/casehub-demo $(ARGS)

.PHONY: test
test: ## everything that must hold before a change goes in; the tests' summary comes last, with what was skipped and why
	@deploy/dev/install
	@$(MAKE) check
	@$(MAKE) race
	@go run ./internal/tested -timeout 20m ./...

.PHONY: race
race: ## run the tests of the concurrent packages under the race detector
	@deploy/dev/install postgresql cc
	CGO_ENABLED=1 go test -race -short -skip '$(RACE_SKIP)' -timeout 20m $(RACE:%=./%)

.PHONY: check
check: check-scripts check-modules check-format check-generated check-vet check-static ## formatting, generated code, modules, vet and staticcheck

.PHONY: check-scripts
check-scripts:
	@echo "check: scripts"
	@sh -n deploy/dev/install
	@bash -n .ci/run

.PHONY: check-modules
check-modules:
	@echo "check: modules"
	@go mod tidy -diff
	@go mod verify >/dev/null

.PHONY: check-format
check-format:
	@echo "check: format"
	@found=$$($(TOOL) gofumpt -l .); \
	if [ -n "$$found" ]; then printf 'not in gofumpt form (make format mends it):\n%s\n' "$$found" >&2; exit 1; fi

.PHONY: format
format: ## write the Go files in gofumpt form
	@$(TOOL) gofumpt -w .

.PHONY: check-generated
check-generated:
	@echo "check: generated code"
	@go run ./internal/protogen -check

.PHONY: check-vet
check-vet:
	@echo "check: vet"
	@go vet ./...

.PHONY: check-static
check-static:
	@echo "check: staticcheck"
	@$(TOOL) staticcheck ./...

.PHONY: generate
generate: ## make the Go code of proto/ again
	@go run ./internal/protogen

# How many worlds the proof of access draws.
WORLDS ?= 40

.PHONY: proof
proof: ## let everybody ask for everything in WORLDS (40) drawn organisations: nobody is told what is not for them; every page in a browser in all ways
	CASEHUB_PROOF=$(WORLDS) go test -count=1 -timeout 3h -v -run 'TestEveryRouteShows|TestEveryPageHoldsInABrowser|TestTheProofSeesRed|TestTheGateIsAsTheOracleSays|TestEveryClause|TestEveryCondition' ./node ./node/access ./policy

# Which proofs are asked for, for example PROOF=twins or PROOF="gate reach"; all when empty.
PROOF ?=

.PHONY: prove
prove: ## show in full, for two hours, that no release gives a case away (PROOF=twins: a part of it); one line a proof at the end
	@deploy/dev/install postgresql glpk ip
	@go run ./internal/prove $(PROOF)

.PHONY: bench
bench: ## measure the figures that must hold; one line each at the end
	@deploy/dev/install postgresql
	@go run ./internal/figures

.PHONY: soak
soak: ## measure the long figures: a backup of 50,000 cases with 2 GB of papers, and its restore
	@CASEHUB_SOAK=1 go run ./internal/figures ./node/backup

.PHONY: build
build: ## build the programs into bin/
	@mkdir -p bin
	go build -buildvcs=auto -trimpath -ldflags='-s -w' -o bin ./cmd/...

.PHONY: cross
cross: ## see that everything compiles for Windows and for 64-bit ARM
	GOOS=windows GOARCH=amd64 go vet ./...
	GOOS=linux GOARCH=arm64 go vet ./...

.PHONY: fuzz
fuzz: ## let every fuzz target work for FUZZTIME (20s)
	@grep -rlE '^func Fuzz[A-Z]' --include='*_test.go' . | while read -r file; do \
		for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$$file"); do \
			echo "fuzz: $$(dirname "$$file") $$name"; \
			go test -run='^$$' -fuzz="^$$name$$" -fuzztime=$(FUZZTIME) "$$(dirname "$$file")" || exit 1; \
		done; \
	done

.PHONY: clean
clean: ## remove what was built
	rm -rf bin
